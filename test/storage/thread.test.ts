// The storage thread seen from the main thread: its end, its limits, its closing.
import { readdirSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { appendsWaitingMax } from '../../src/storage/event-log.ts'
import { anEvent, databaseIn, openLog, refusalOf, temporaryDirectory } from './temporary-log.ts'

const failingThread = fileURLToPath(new URL('programs/failing-thread.mjs', import.meta.url))

it('a thread that dies fails all that wait and all that comes later, with its reason', async () => {
  const { log } = await openLog(databaseIn(temporaryDirectory()), { threadEntry: failingThread })
  const waiting = [
    log.read({ limit: 1 }),
    log.append({ stream: 'gateway', expectedVersion: 0, events: [anEvent()] }),
    log.streamVersion('gateway'),
  ]
  for (const settled of await Promise.allSettled(waiting)) {
    expect(settled).toMatchObject({ status: 'rejected', reason: { code: 'storage_failed' } })
  }
  const later = await refusalOf(() => log.streamVersion('gateway'))
  expect(later.message).toBe('the storage thread has ended: out of luck')
  expect(later.code).toBe('storage_failed')
})

it('a thread that cannot even be loaded is a failure to open', async () => {
  const refusal = await refusalOf(() =>
    openLog(databaseIn(temporaryDirectory()), { threadEntry: '/nonexistent/thread.mjs' }),
  )
  expect(refusal.code).toBe('storage_failed')
  expect(refusal.message).toContain('/nonexistent/thread.mjs')
})

it('close waits for what was sent, and leaves one file', async () => {
  const directory = temporaryDirectory()
  const { log } = await openLog(databaseIn(directory))
  const sent = Array.from({ length: 100 }, (_, number) =>
    log.append({ stream: `client:${number}`, expectedVersion: 0, events: [anEvent()] }),
  )
  await log.close()
  expect(await Promise.all(sent)).toHaveLength(100)
  expect(readdirSync(directory)).toEqual(['traseai.db'])
  expect((await openLog(databaseIn(directory))).lastPosition).toBe(100)
})

it.each(['deleted', 'replaced'])('a database that is %s under a running log takes no more appends', async (how) => {
  const path = databaseIn(temporaryDirectory())
  const { log } = await openLog(path)
  const append = (expectedVersion: number) => log.append({ stream: 'gateway', expectedVersion, events: [anEvent()] })
  await append(0)
  renameSync(path, `${path}.away`)
  if (how === 'replaced') writeFileSync(path, 'something else')
  const refusal = await refusalOf(() => append(1))
  expect(refusal).toMatchObject({ code: 'storage_failed' })
  expect(refusal.message).toContain('it was moved or deleted while the gateway runs')
  renameSync(`${path}.away`, path)
  expect(await append(1)).toEqual({ outcome: 'appended', firstPosition: 2 })
})

it('after close every call is refused, and closing again is no error', async () => {
  const { log } = await openLog(databaseIn(temporaryDirectory()))
  await Promise.all([log.close(), log.close()])
  await log.close()
  expect((await refusalOf(() => log.read({ limit: 1 }))).message).toBe('the event log is closed')
})

it('more appends than may wait are refused as busy; those that wait all succeed', async () => {
  const { log } = await openLog(databaseIn(temporaryDirectory()))
  const event = anEvent({ data: { profileId: 'acme:default', reason: 'x'.repeat(500) } })
  const append = (number: number) => log.append({ stream: `client:${number}`, expectedVersion: 0, events: [event] })
  const waiting = Array.from({ length: appendsWaitingMax }, (_, number) => append(number))
  expect(await refusalOf(() => append(appendsWaitingMax))).toMatchObject({ code: 'busy' })
  const outcomes = await Promise.all(waiting)
  expect(outcomes.at(-1)).toEqual({ outcome: 'appended', firstPosition: appendsWaitingMax })
  expect(await append(appendsWaitingMax)).toMatchObject({ outcome: 'appended' })
})
