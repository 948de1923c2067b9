// The keeper that every host has: vault.key in the home.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TraseError } from '../../src/errors.ts'
import { type Home, keep, opened, temporaryHome } from './temporary-vault.ts'

const keyPath = (home: Home): string => join(home.path, 'vault.key')
const keyOf = (home: Home): string => readFileSync(keyPath(home), 'utf8')
const secrets = { default: 'sk-test-default', work: 'sk-test-work' }

async function withSecrets(): Promise<Home> {
  const home = temporaryHome()
  const vault = await home.open()
  for (const [name, text] of Object.entries(secrets)) await keep(home, vault, name, text)
  return home
}

describe('a key file', () => {
  it('is made with the first secret, for its owner alone', async () => {
    const home = temporaryHome()
    const vault = await home.open()
    expect(vault.status()).toMatchObject({ state: 'empty', keeper: 'key-file', place: keyPath(home), keyId: null })
    expect(existsSync(keyPath(home))).toBe(false)
    await keep(home, vault, 'default', 'sk-test-default')
    expect(statSync(keyPath(home)).mode & 0o777).toBe(0o600)
    expect(vault.status()).toMatchObject({ state: 'unlocked', reason: null })
  })

  it('opens every secret at the next start', async () => {
    const home = await withSecrets()
    const vault = await home.open()
    expect(vault.status()).toMatchObject({ state: 'unlocked', keyId: home.storage.readSecrets()[0]?.keyId })
    expect(opened(home, vault)).toEqual(secrets)
  })

  it('is made once, when many secrets come first', async () => {
    const home = temporaryHome()
    const vault = await home.open()
    await Promise.all(Array.from({ length: 20 }, (_, number) => keep(home, vault, `n${number}`, `sk-test-${number}`)))
    expect(Object.keys(opened(home, vault))).toHaveLength(20)
    expect(keyOf(home).trim().split('\n')).toHaveLength(2)
  })

  it('that a crash left behind before the database knew of it is taken', async () => {
    const home = temporaryHome()
    const crashing = await home.open({ saveVaultKey: () => Promise.reject(new TraseError('storage_failed', 'killed')) })
    await expect(keep(home, crashing, 'default', 'sk-test')).rejects.toMatchObject({ code: 'storage_failed' })
    const written = keyOf(home)
    const vault = await home.open()
    await keep(home, vault, 'default', 'sk-test')
    expect(keyOf(home)).toBe(written)
    expect(opened(home, vault)).toEqual({ default: 'sk-test' })
  })

  it('that others could read is made private, and that is said', async () => {
    const home = await withSecrets()
    chmodSync(keyPath(home), 0o644)
    expect((await home.open()).status().state).toBe('unlocked')
    expect(statSync(keyPath(home)).mode & 0o777).toBe(0o600)
    expect(home.logged.join()).toContain('others could read the key of the vault')
  })

  it('may hold other keys besides, and comments', async () => {
    const home = await withSecrets()
    const other = Buffer.alloc(32, 7).toString('base64')
    writeFileSync(keyPath(home), `# an older one\n${other}\r\n\n${keyOf(home)}`)
    expect(opened(home, await home.open())).toEqual(secrets)
  })
})

describe('without its key file, or with another one', () => {
  const spoilt: readonly (readonly [string, (path: string) => void, RegExp])[] = [
    ['gone', (path) => rmSync(path), /is not there/],
    ['empty', (path) => writeFileSync(path, ''), /holds no key/],
    [
      'of another home',
      (path) => writeFileSync(path, `${Buffer.alloc(32, 7).toString('base64')}\n`),
      /holds another key/,
    ],
    [
      'garbage',
      (path) => writeFileSync(path, Buffer.from([0, 255, 3, 200, 10, 65])),
      /is damaged: line 1 is not a key/,
    ],
    ['a directory', (path) => (rmSync(path), mkdirSync(path)), /is not a regular file/],
    ['a pipe that nobody writes to', (path) => (rmSync(path), execFileSync('mkfifo', [path])), /is not a regular file/],
    ['a device without end', (path) => (rmSync(path), symlinkSync('/dev/zero', path)), /is not a regular file/],
    ['a huge file', (path) => writeFileSync(path, Buffer.alloc(70_000, 65)), /is longer than 65536 bytes/],
  ]

  it.each(spoilt)('%s: the vault says so, seals nothing, and changes nothing', async (_, spoil, reason) => {
    const home = await withSecrets()
    spoil(keyPath(home))
    const before = contentOf(home)
    const vault = await home.open()
    expect(vault.status()).toMatchObject({ state: 'missing', reason: expect.stringMatching(reason) as unknown })
    expect(vault.status().hint).toContain('traseai vault unlock')
    const [row] = home.storage.readSecrets()
    if (!row) throw new Error('no secret')
    expect(() => vault.unseal(row)).toThrow(expect.objectContaining({ code: 'vault_key_missing' }))
    await expect(keep(home, vault, 'new', 'sk-test-new')).rejects.toMatchObject({ code: 'vault_key_missing' })
    await expect(vault.rekey({})).rejects.toMatchObject({ code: 'vault_key_missing' })
    expect(contentOf(home)).toEqual(before)
  })

  it('cut short at any byte, it is either whole enough or refused, and left as it is', async () => {
    const home = await withSecrets()
    const whole = keyOf(home)
    for (let length = 0; length < whole.length; length += 1) {
      writeFileSync(keyPath(home), whole.slice(0, length))
      const vault = await home.open()
      const { state, reason } = vault.status()
      // The last two characters are the padding of base64 and the newline.
      expect(state).toBe(length >= whole.length - 2 ? 'unlocked' : 'missing')
      if (state === 'missing') {
        expect(reason).toMatch(/holds no key|is damaged: line \d is not a key/)
        await expect(keep(home, vault, 'new', 'sk-test-new')).rejects.toMatchObject({ code: 'vault_key_missing' })
      }
      expect(keyOf(home)).toBe(whole.slice(0, length))
    }
  })

  it('it opens again when the file is put back, without a restart', async () => {
    const home = await withSecrets()
    const whole = keyOf(home)
    rmSync(keyPath(home))
    const vault = await home.open()
    let calls = 0
    vault.onUnlocked(() => (calls += 1))
    await expect(vault.unlock(null)).rejects.toMatchObject({ code: 'vault_key_missing' })
    writeFileSync(keyPath(home), whole)
    await vault.unlock(null)
    expect(calls).toBe(1)
    expect(opened(home, vault)).toEqual(secrets)
  })

  it('a key that a killed change has left behind is told, and kept: a backup may need it', async () => {
    const home = temporaryHome()
    const vault = await home.open()
    expect(await vault.besidesKey()).toBeNull()
    await keep(home, vault, 'default', 'sk-test')
    expect(await vault.besidesKey()).toBeNull()
    const killed = await home.open({ saveVaultKey: () => Promise.reject(new Error('killed')) })
    await expect(killed.rekey({})).rejects.toThrow('killed')

    const next = await home.open()
    const left = `${keyPath(home)} has a key that this database does not use (line 3): kept, because a backup may need it`
    expect(await next.besidesKey()).toBe(left)
    await next.rekey({})
    expect(await next.besidesKey()).toBe(left.replace('line 3', 'line 2'))
    expect(opened(home, await home.open())).toEqual({ default: 'sk-test' })
    rmSync(keyPath(home))
    expect(await next.besidesKey()).toBeNull()
  })

  it('a vault without secrets begins anew', async () => {
    const home = temporaryHome()
    await (await home.open()).rekey({})
    rmSync(keyPath(home))
    const vault = await home.open()
    expect(vault.status().state).toBe('missing')
    await keep(home, vault, 'default', 'sk-test')
    expect(opened(home, await home.open())).toEqual({ default: 'sk-test' })
  })

  it('a file that holds something else is never taken for the first key, nor written over', async () => {
    const home = temporaryHome()
    writeFileSync(keyPath(home), 'my notes\n')
    const vault = await home.open()
    await expect(keep(home, vault, 'default', 'sk-test')).rejects.toMatchObject({
      code: 'cannot_create',
      message: expect.stringContaining('line 1') as unknown,
    })
    expect(keyOf(home)).toBe('my notes\n')
  })
})

function contentOf(home: Home): unknown {
  const path = keyPath(home)
  if (!existsSync(path)) return null
  const stats = statSync(path)
  if (stats.isFile()) return readFileSync(path)
  return stats.isDirectory() ? readdirSync(path) : stats.ino
}
