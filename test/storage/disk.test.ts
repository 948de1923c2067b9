// A disk that is full or cannot be written: said in words, nothing lost, and work goes on when there is room again.
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import type { TraseError } from '../../src/errors.ts'
import { itOnSmallDisk, mountSmallDisk } from '../support/small-disk.ts'
import {
  anEvent,
  appendTo,
  databaseIn,
  migrationsDir,
  openCore,
  openLog,
  refusalOf,
  temporaryDirectory,
} from './temporary-log.ts'

function smallDisk(size: string): string {
  const directory = temporaryDirectory()
  mountSmallDisk(directory, size)
  return directory
}

/** Takes all the space that is left; gives the file that holds it. */
function fill(directory: string): string {
  const ballast = join(directory, 'ballast')
  for (const chunk of [65_536, 4_096, 512]) {
    try {
      for (;;) writeFileSync(ballast, Buffer.alloc(chunk), { flag: 'a' })
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' })
    }
  }
  return ballast
}

const longEvent = anEvent({ data: { profileId: 'acme:default', reason: 'x'.repeat(10_000) } })

itOnSmallDisk('on a full disk appends are refused, nothing is lost, and it goes on when there is room', async () => {
  const directory = smallDisk('4m')
  const { log } = await openLog(databaseIn(directory))
  const append = (version: number) => log.append({ stream: 'gateway', expectedVersion: version, events: [longEvent] })
  await append(0)
  const ballast = fill(directory)

  let version = 1
  let refusal: TraseError | undefined
  while (refusal === undefined) {
    const settled = await append(version).catch((error: unknown) => error as TraseError)
    if (settled instanceof Error) refusal = settled
    else version += 1
  }
  expect(refusal).toMatchObject({ code: 'disk_full', hint: 'free some space and try again' })
  expect(await log.streamVersion('gateway')).toBe(version)
  const together = await Promise.allSettled([append(version), append(version + 1), append(version + 2)])
  for (const { status } of together) expect(status).toBe('rejected')
  expect(await log.read({ limit: 1_000 })).toHaveLength(version)

  rmSync(ballast)
  expect(await append(version)).toEqual({ outcome: 'appended', firstPosition: version + 1 })
  await log.close()
  expect((await openLog(databaseIn(directory))).lastPosition).toBe(version + 1)
})

itOnSmallDisk('on a full disk no database is made, and no half of one is left', async () => {
  const directory = smallDisk('1m')
  const ballast = fill(directory)
  const refusal = await refusalOf(() => openLog(databaseIn(directory)))
  expect(refusal.code).toBe('disk_full')
  expect(refusal.message).toContain(`cannot create ${databaseIn(directory)}`)
  rmSync(ballast)
  expect((await openLog(databaseIn(directory))).lastPosition).toBe(0)
})

itOnSmallDisk('a full disk at the start is told as such, and the database stays as it was', async () => {
  const directory = smallDisk('1m')
  const path = databaseIn(directory)
  const storage = openCore(path)
  appendTo(storage, 'gateway', 0)
  storage.close()
  const before = readFileSync(path)
  const ballast = fill(directory)
  const settled = await openLog(path).catch((error: unknown) => error)
  expect(settled).toMatchObject({ code: 'disk_full' })
  expect(readFileSync(path).equals(before)).toBe(true)
  rmSync(ballast)
  expect((await openLog(path)).lastPosition).toBe(1)
})

/** Runs `work` with the rights of nobody. Only the effective id changes, so that the test can come back. */
async function asNobody<R>(work: () => Promise<R>): Promise<R> {
  process.seteuid?.(65_534)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}

itOnSmallDisk('a directory that another user may not write is refused in words', async () => {
  const migrations = join(temporaryDirectory(), 'migrations')
  cpSync(migrationsDir, migrations, { recursive: true })
  const directory = temporaryDirectory()
  const path = databaseIn(directory)
  for (const readable of [dirname(migrations), directory]) chmodSync(readable, 0o755)
  const refusal = () => asNobody(() => refusalOf(() => openCore(path, { migrationsDir: migrations })))
  expect(await refusal()).toMatchObject({
    code: 'home_unwritable',
    message: expect.stringMatching(`^cannot create ${path}: EACCES`) as unknown,
  })

  openCore(path).close()
  const before = readFileSync(path)
  expect(await refusal()).toMatchObject({
    code: 'home_unwritable',
    message: expect.stringMatching(`^cannot open ${path}: EACCES`) as unknown,
  })

  chownSync(path, 65_534, 65_534) // now the file may be written, but no -wal beside it
  expect(await refusal()).toMatchObject({ code: 'home_unwritable' })
  expect(readFileSync(path).equals(before)).toBe(true)
})

it('a home that is not there, or is a file, is refused in words', async () => {
  const directory = temporaryDirectory()
  const missing = await refusalOf(() => openLog(databaseIn(join(directory, 'missing'))))
  expect(missing).toMatchObject({ code: 'home_unwritable', hint: expect.stringContaining('TRASEAI_HOME') as unknown })
  writeFileSync(join(directory, 'file'), '')
  expect(await refusalOf(() => openLog(databaseIn(join(directory, 'file'))))).toMatchObject({ code: 'home_unwritable' })
  mkdirSync(join(directory, 'missing'))
  expect(await openLog(databaseIn(join(directory, 'missing')))).toMatchObject({ lastPosition: 0 })
})
