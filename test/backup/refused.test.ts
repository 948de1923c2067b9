// What restore refuses: damaged, cut short, sealed for others, newer, and files that somebody else has put together.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import { Encrypter } from 'age-encryption'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshHome, startGateway } from '../support/gateway-process.ts'
import { openSealedHomes, type SealedHomes } from './sealed-homes.ts'

let homes: SealedHomes

beforeAll(async () => {
  homes = await openSealedHomes()
  const gateway = await startGateway()
  await gateway.client.call('credentials.add', {
    profileId: 'anthropic:work',
    provider: 'anthropic',
    kind: 'api_key',
    secret: 'sk-ant-test-0123456789abcdefghijklmnop',
  })
  await homes.backup(gateway.home, 'good.age')
  await gateway.stop()
})

afterAll(() => homes.remove())

interface Refusal {
  readonly status: number | null
  readonly message: string
}

/** Restores to a home that must not be there afterwards, nor anything else of it. */
async function refusalOf(name: string, ...more: string[]): Promise<Refusal> {
  const home = homes.path('nobody')
  const { status, stdout, stderr } = await homes.restore(name, home, '--json', ...more)
  expect(stdout).toBe('')
  expect(existsSync(home)).toBe(false)
  expect((await readdir(homes.folder)).filter((entry) => entry.includes('restoring'))).toEqual([])
  const { error } = JSON.parse(stderr) as { error: { message: string } }
  return { status, message: error.message }
}

describe('a file that is not what was written', () => {
  it('is refused when it was cut short anywhere', async () => {
    const good = await readFile(homes.path('good.age'))
    for (const length of [0, 10, 150, 400, 3_000, good.length - 1]) {
      await writeFile(homes.path('cut.age'), good.subarray(0, length))
      const { status, message } = await refusalOf('cut.age')
      expect({ length, status }).toEqual({ length, status: 65 })
      expect(message).toMatch(/cut short|age has not sealed|beginning is damaged/)
    }
  })

  it('is refused when one bit of it is another one', async () => {
    const good = await readFile(homes.path('good.age'))
    for (const at of [3, 60, 180, 230, 1_000, 5_000, good.length - 2]) {
      const flipped = Buffer.from(good)
      flipped[at] = (flipped[at] ?? 0) ^ 0x04
      await writeFile(homes.path('flipped.age'), flipped)
      expect((await refusalOf('flipped.age')).status, `bit of byte ${at}`).toBe(65)
    }
  })

  it('is refused when it is another kind of file, or none', async () => {
    await writeFile(homes.path('text.age'), 'hello\n')
    expect(await refusalOf('text.age')).toEqual({
      status: 65,
      message: 'this is no file that age has sealed, or its beginning is damaged',
    })
    expect((await refusalOf('missing.age')).status).toBe(66)
  })

  it('is refused without being read to its end, which may be far', async () => {
    await writeFile(homes.path('disk.img'), '')
    await truncate(homes.path('disk.img'), 2 ** 40)
    expect((await refusalOf('disk.img')).status).toBe(65)
    await writeFile(homes.path('disk.img'), 'age-encryption.org/v1\n-> X25519 ')
    await truncate(homes.path('disk.img'), 2 ** 40)
    expect((await refusalOf('disk.img')).status).toBe(65)
  })

  it('is refused when it is no regular file, and nothing waits for what comes out of a pipe', async () => {
    execFileSync('mkfifo', [homes.path('pipe')])
    expect(await refusalOf('pipe')).toEqual({ status: 66, message: `${homes.path('pipe')} is no regular file` })
    expect(await refusalOf('.')).toMatchObject({
      status: 66,
      message: expect.stringContaining('a directory') as string,
    })
  })

  it('is refused with the identity of somebody else', async () => {
    const others = await openSealedHomes()
    const { status, stderr } = await others.restore('../'.repeat(9) + homes.path('good.age'), others.path('nobody'))
    await others.remove()
    expect(status).toBe(65)
    expect(stderr).toContain('none of the identities is one that the backup is sealed for')
  })
})

interface Entry {
  readonly name: string
  readonly type?: 'file' | 'symlink' | 'directory' | 'link'
  readonly linkname?: string
  readonly content?: string
}

async function sealEntries(name: string, entries: readonly Entry[]): Promise<void> {
  const tar = pack()
  for (const { content = '', ...header } of entries) tar.entry({ type: 'file', ...header }, content)
  tar.finalize()
  const encrypter = new Encrypter()
  encrypter.addRecipient(homes.recipient)
  const packed = await buffer(Readable.from(tar as AsyncIterable<Buffer>).pipe(createGzip()))
  await writeFile(homes.path(name), await encrypter.encrypt(packed))
}

interface Described {
  readonly path: string
  readonly content: string
  /** Other than it is. */
  readonly bytes?: number
}

function manifestOf(files: readonly Described[], more: Readonly<Record<string, unknown>> = {}): Entry {
  const described = files.map(({ path, content, bytes = Buffer.byteLength(content) }) => ({
    path,
    bytes,
    sha256: createHash('sha256').update(content).digest('hex'),
  }))
  const manifest = {
    format: 1,
    program: '0.1.0',
    madeAt: '2026-11-22T10:51:43.000Z',
    schema: 6,
    position: 0,
    lastEventAt: null,
    foldVersion: 4,
    stateDigest: '0'.repeat(64),
    vault: null,
    files: described,
    ...more,
  }
  return { name: 'manifest.json', content: JSON.stringify(manifest) }
}

const database = { path: 'traseai.db', content: 'not a database' }
const databaseEntry: Entry = { name: 'traseai.db', content: database.content }

describe('a file that somebody else has put together', () => {
  const evilPaths = [
    '../evil',
    '/etc/evil',
    'agents/../../evil',
    'agents//evil',
    'agents/.',
    'agents\\evil',
    'vault.key/evil',
    'evil',
  ]
  it.each(evilPaths)('is refused for a file %j in its manifest', async (path) => {
    const evil = { path, content: 'x' }
    await sealEntries('evil.age', [manifestOf([database, evil]), databaseEntry, { name: path, content: 'x' }])
    const { status, message } = await refusalOf('evil.age')
    expect({ status, message }).toEqual({
      status: 65,
      message: expect.stringContaining('which no backup has') as string,
    })
    expect(existsSync(homes.path('evil'))).toBe(false)
  })

  it('is refused for a file that its manifest does not name', async () => {
    await sealEntries('evil.age', [manifestOf([database]), databaseEntry, { name: '../evil', content: 'x' }])
    expect((await refusalOf('evil.age')).message).toContain('which its manifest.json does not name')
    expect(existsSync(homes.path('evil'))).toBe(false)
  })

  it.each(['symlink', 'link', 'directory'] as const)('is refused for a %s', async (type) => {
    const entry: Entry = { name: '.env', type, linkname: '/etc/passwd' }
    await sealEntries('evil.age', [manifestOf([database, { path: '.env', content: '' }]), entry, databaseEntry])
    expect((await refusalOf('evil.age')).message).toContain(`is no regular file but a ${type}`)
  })

  it('is refused for a file that is not as long as it says, or has other contents', async () => {
    await sealEntries('evil.age', [manifestOf([{ ...database, bytes: 99 }]), databaseEntry])
    expect((await refusalOf('evil.age')).message).toContain('instead of 99')
    await sealEntries('evil.age', [manifestOf([{ ...database, content: 'not a datebase' }]), databaseEntry])
    expect((await refusalOf('evil.age')).message).toContain('are not those that were packed')
  })

  it('is refused for a file that is missing or comes twice', async () => {
    await sealEntries('evil.age', [manifestOf([database, { path: '.env', content: '' }]), databaseEntry])
    expect((await refusalOf('evil.age')).message).toContain('".env" is not in it')
    await sealEntries('evil.age', [manifestOf([database]), databaseEntry, databaseEntry])
    expect((await refusalOf('evil.age')).status).toBe(65)
    await sealEntries('evil.age', [manifestOf([database, database]), databaseEntry])
    expect((await refusalOf('evil.age')).message).toContain('twice')
  })

  it('is refused when it would fill the disk, before it does', async () => {
    await sealEntries('evil.age', [manifestOf([{ ...database, bytes: 2 ** 52 }]), databaseEntry])
    expect(await refusalOf('evil.age')).toMatchObject({ status: 73 })
    await sealEntries('evil.age', [{ name: 'manifest.json', content: ' '.repeat(9_000_000) }])
    expect((await refusalOf('evil.age')).status).toBe(65)
  })

  it('is refused when its database is none, or not the one of its manifest', async () => {
    await sealEntries('evil.age', [manifestOf([database]), databaseEntry])
    expect((await refusalOf('evil.age')).message).toContain('is not an SQLite database')
  })

  it('is refused without a manifest at its beginning', async () => {
    await sealEntries('evil.age', [databaseEntry])
    expect((await refusalOf('evil.age')).message).toContain('begins with "traseai.db"')
    await sealEntries('evil.age', [])
    expect((await refusalOf('evil.age')).message).toContain('it is empty')
  })
})

describe('a backup of a newer version', () => {
  it('is refused by its format, with the version that made it', async () => {
    await sealEntries('newer.age', [
      { name: 'manifest.json', content: '{"format":2,"program":"9.9.9","files":"other"}' },
    ])
    expect(await refusalOf('newer.age')).toEqual({
      status: 65,
      message: 'the backup was made by TraseAI 9.9.9 and has format 2; this program reads 1',
    })
  })

  it('is refused by its schema', async () => {
    await sealEntries('newer.age', [manifestOf([database], { schema: 999, program: '9.9.9' }), databaseEntry])
    expect((await refusalOf('newer.age')).message).toContain('was made by TraseAI 9.9.9 and has schema 999')
  })
})

it('a check says the same as a restore, and leaves nothing behind', async () => {
  const home = await freshHome()
  const entries = await readdir(home)
  expect((await homes.restore('good.age', home, '--check')).status).toBe(0)
  await truncate(homes.path('flipped.age'), 300)
  expect((await homes.restore('flipped.age', home, '--check')).status).toBe(65)
  expect(await readdir(home)).toEqual(entries)
  await rm(home, { recursive: true })
})
