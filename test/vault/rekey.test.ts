// Changing the master key: every secret opens afterwards, however it ended, and the old key is gone.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { KeeperKind } from '../../src/domain/events.ts'
import { writePrivateFile } from '../../src/sources/write-private-file.ts'
import type { VaultDeps } from '../../src/vault/key-in-use.ts'
import { readKeys } from '../../src/vault/master-key.ts'
import { Secret } from '../../src/vault/secret.ts'
import { about, append, leftovers } from '../storage/secret-bytes.ts'
import { databaseIn } from '../storage/temporary-log.ts'
import { type Home, keep, opened, temporaryHome } from './temporary-vault.ts'

const secrets = { default: 'sk-test-default', work: 'sk-test-work', third: 'sk-test-third' }
const words = 'correct horse battery staple'

async function withSecrets(keeper: KeeperKind = 'key-file'): Promise<Home> {
  const credentials = temporaryHome().path
  writeFileSync(join(credentials, 'traseai-master-key'), Buffer.alloc(32, 9).toString('base64'))
  const home = temporaryHome(keeper, { CREDENTIALS_DIRECTORY: credentials })
  const vault = await home.open()
  if (keeper === 'passphrase') await vault.unlock(new Secret(words))
  for (const [name, text] of Object.entries(secrets)) await keep(home, vault, name, text)
  return home
}

/** Ids of the keys in the key file. */
function keysIn(home: Home): readonly string[] {
  const path = join(home.path, 'vault.key')
  return existsSync(path) ? readKeys(readFileSync(path, 'utf8')).keys.map(({ id }) => id) : []
}

describe('a new master key', () => {
  it('opens every secret, and the old one is nowhere any more', async () => {
    const home = await withSecrets()
    const vault = await home.open()
    const before = home.storage.readSecrets()
    const [old] = keysIn(home)
    const outcome = await vault.rekey({})
    expect(outcome).toMatchObject({ keeper: 'key-file', secrets: 3, notes: [] })
    expect(outcome.keyId).not.toBe(old)
    expect(keysIn(home)).toEqual([outcome.keyId])
    expect(
      leftovers(
        databaseIn(home.path),
        before.map((row) => ({ ...row, sealed: row.wrappedKey })),
      ),
    ).toEqual([])
    expect(opened(home, vault)).toEqual(secrets)
    expect(opened(home, await home.open())).toEqual(secrets)
  })

  it('can be made again and again', async () => {
    const home = await withSecrets()
    const vault = await home.open()
    for (let round = 1; round <= 5; round += 1) {
      await vault.rekey({})
      expect(vault.rekeys()).toBe(round)
    }
    expect(keysIn(home)).toHaveLength(1)
    expect(opened(home, await home.open())).toEqual(secrets)
  })

  it('goes to a passphrase and back, and leaves no key file in between', async () => {
    const home = await withSecrets()
    const vault = await home.open()
    await vault.rekey({ keeper: 'passphrase', passphrase: new Secret(words) })
    home.settings.keeper = 'passphrase'
    expect(readdirSync(home.path).filter((name) => name.includes('key'))).toEqual([])
    const locked = await home.open()
    expect(locked.status()).toMatchObject({ state: 'locked', keeper: 'passphrase', notes: [] })
    await expect(locked.rekey({ keeper: 'key-file' })).rejects.toMatchObject({ code: 'vault_locked' })
    await locked.unlock(new Secret(words))
    await locked.rekey({ keeper: 'key-file' })
    expect(opened(home, await home.open())).toEqual(secrets)
  })

  it('follows the configuration when nobody names a keeper, which the status has asked for', async () => {
    const home = await withSecrets()
    home.settings.keeper = 'passphrase'
    const vault = await home.open()
    expect(vault.status()).toMatchObject({ keeper: 'key-file', rekeyKeeper: 'passphrase' })
    expect(vault.status().notes.join()).toContain('traseai vault rekey')
    expect(await vault.rekey({ passphrase: new Secret(words) })).toMatchObject({ keeper: 'passphrase', notes: [] })
  })

  it('with a keeper that the configuration does not name says what to change there', async () => {
    const home = await withSecrets()
    const vault = await home.open()
    const { notes } = await vault.rekey({ keeper: 'passphrase', passphrase: new Secret(words) })
    expect(notes).toEqual([
      'traseai.json says vault.keeper "key-file": set it to "passphrase", or move the key: traseai vault rekey',
    ])
  })

  it('of a new passphrase says that the file with the old one must follow', async () => {
    const home = await withSecrets('passphrase')
    const path = join(home.path, 'words')
    writeFileSync(path, words)
    home.settings.passphraseFile = path
    const vault = await home.open()
    const { notes } = await vault.rekey({ passphrase: new Secret('another one altogether') })
    expect(notes).toEqual([`put the new passphrase into ${path}, or the next start finds the vault locked`])
  })

  it('wraps secrets that come and go meanwhile as well', async () => {
    const home = await withSecrets()
    const vault = await home.open()
    const [first] = home.storage.readSecrets()
    if (!first) throw new Error('no secret')
    let rounds = 0
    const racing = await home.open({
      readSecrets() {
        const rows = home.storage.readSecrets()
        rounds += 1
        if (rounds === 1) append(home.storage, first, about(first, 'CredentialRemoved', { reason: 'user' }))
        return Promise.resolve(rows)
      },
    })
    await racing.rekey({})
    expect(Object.keys(opened(home, racing))).toEqual(['third', 'work'])
    vault.close()
  })

  it('refuses a secret that was sealed just before it', async () => {
    const home = await withSecrets()
    const vault = await home.open()
    const [row] = home.storage.readSecrets()
    await vault.rekey({})
    if (!row) throw new Error('no secret')
    expect(append(home.storage, row, about(row, 'CredentialRotated', { to: row.fingerprint }), row)).toMatchObject({
      code: 'conflict',
    })
  })

  it('is not made when one secret is damaged: the old one stays, and the message names it', async () => {
    const home = await withSecrets()
    const [old] = keysIn(home)
    const vault = await home.open({
      readSecrets: () =>
        Promise.resolve(
          home.storage
            .readSecrets()
            .map((row, index) => ({ ...row, ...(index === 1 && { wrappedKey: Buffer.alloc(61) }) })),
        ),
    })
    await expect(vault.rekey({})).rejects.toMatchObject({
      code: 'vault_damaged',
      message: expect.stringContaining('acme:third') as unknown,
    })
    expect(keysIn(home)).toContain(old)
    expect(opened(home, await home.open())).toEqual(secrets)
  })

  it('is in use although the old file could not be removed, which is tried again at the next start', async () => {
    const home = await withSecrets()
    const path = join(home.path, 'vault.key')
    const vault = await home.open()
    rmSync(path)
    mkdirSync(path)
    const { notes } = await vault.rekey({ keeper: 'passphrase', passphrase: new Secret(words) })
    expect(notes.join()).toContain('the next start tries again')
    expect(vault.status().state).toBe('unlocked')
  })
})

describe('killed while the key is changed', () => {
  const ways: readonly (readonly [KeeperKind, KeeperKind])[] = [
    ['key-file', 'key-file'],
    ['key-file', 'passphrase'],
    ['systemd', 'key-file'],
    ['key-file', 'systemd'],
  ]

  it.each(ways)(
    'from %s to %s, at any step, every secret opens and the old key goes',
    { timeout: 60_000 },
    async (from, to) => {
      for (let step = 0; ; step += 1) {
        const home = await withSecrets(from)
        const world = endingAt(home, step)
        const dying = await home.open(world.deps)
        await dying.rekey({ keeper: to, passphrase: new Secret(words) }).catch((error: unknown) => {
          if (error !== killed) throw error
        })

        const vault = await home.open()
        if (vault.status().state === 'locked') await vault.unlock(new Secret(words))
        expect(opened(home, vault)).toEqual(secrets)
        const { keyId, keeper } = vault.status()
        const keys = keysIn(home)
        if (keeper === 'key-file') expect(keys).toContain(keyId)
        // Killed before the commit, a key that was never used may be left; after it, the old one may not.
        if (vault.rekeys() === 1) expect(keys).toEqual(keeper === 'key-file' ? [keyId] : [])
        if (!world.hasEnded()) return expect([vault.rekeys(), step]).toEqual([1, effectsOf[`${from} ${to}`]])
      }
    },
  )
})

const killed = new Error('killed')
/** Steps that the change of a key goes through, twice its effects: it is found out when there are more or fewer. */
const effectsOf: Readonly<Record<string, number>> = {
  'key-file key-file': 8,
  'key-file passphrase': 4,
  'systemd key-file': 6,
  'key-file systemd': 4,
}

/** A world that ends before its nth effect for even numbers, right after it for odd ones; then nothing works any more. */
function endingAt(home: Home, step: number): { readonly deps: Partial<VaultDeps>; hasEnded(): boolean } {
  let effects = 0
  let ended = false
  const effect = async <T>(work: () => Promise<T>): Promise<T> => {
    ended ||= effects * 2 === step
    if (ended) throw killed
    const result = await work()
    ended = effects * 2 + 1 === step
    effects += 1
    if (ended) throw killed
    return result
  }
  return {
    deps: {
      writePrivateFile: (path, content) => effect(() => writePrivateFile(home.host, path, content)),
      saveVaultKey: (key, rewrapped) => effect(() => home.save(key, rewrapped)),
    },
    hasEnded: () => ended,
  }
}
