// The keeper that keeps nothing: a passphrase, told by a person, a file or systemd.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TraseError } from '../../src/errors.ts'
import { Secret } from '../../src/vault/secret.ts'
import { keep, opened, temporaryHome } from './temporary-vault.ts'

const words = 'correct horse battery staple'

describe('a vault with a passphrase', () => {
  it('asks for one before the first secret', async () => {
    const home = temporaryHome('passphrase')
    const vault = await home.open()
    expect(vault.status()).toMatchObject({ state: 'empty', keeper: 'passphrase', passphrasePlace: null })
    await expect(keep(home, vault, 'default', 'sk-test')).rejects.toMatchObject({
      code: 'vault_locked',
      hint: expect.stringContaining('traseai vault unlock') as unknown,
    })
    await vault.unlock(new Secret(words))
    await keep(home, vault, 'default', 'sk-test')
    expect(existsSync(join(home.path, 'vault.key'))).toBe(false)
  })

  it('is locked after a start, and opened by the passphrase alone', async () => {
    const home = temporaryHome('passphrase')
    const first = await home.open()
    await first.unlock(new Secret(words))
    await keep(home, first, 'default', 'sk-test')
    const vault = await home.open()
    let calls = 0
    vault.onUnlocked(() => (calls += 1))
    expect(vault.status()).toMatchObject({ state: 'locked', reason: 'nobody has told the passphrase yet' })
    await expect(vault.unlock(new Secret('wrong horse battery'))).rejects.toMatchObject({ code: 'value_refused' })
    await expect(vault.unlock(null)).rejects.toMatchObject({ code: 'vault_locked' })
    expect(calls).toBe(0)
    await vault.unlock(new Secret(words))
    await vault.unlock(new Secret('once it is open nobody asks'))
    expect(calls).toBe(1)
    expect(opened(home, vault)).toEqual({ default: 'sk-test' })
  })

  it('tries only a few passphrases at a time, and nobody else waits for them', async () => {
    const home = temporaryHome('passphrase')
    await (await home.open()).unlock(new Secret(words))
    const vault = await home.open()
    const ended: string[] = []
    const refusal = async (work: Promise<unknown>): Promise<void> => {
      await work.catch((error: unknown) => ended.push((error as TraseError).code)) // what a vault refuses with
    }
    const wrong = Array.from({ length: 100 }, (_, number) => vault.unlock(new Secret(`wrong horse battery ${number}`)))
    await Promise.all([...wrong, keep(home, vault, 'default', 'sk-test')].map(refusal))
    expect(ended.slice(0, 97).toSorted()).toEqual([...Array.from({ length: 96 }, () => 'busy'), 'vault_locked'])
    expect(ended.slice(97)).toEqual(Array.from({ length: 4 }, () => 'value_refused'))
    await vault.unlock(new Secret(words))
    expect(vault.status().state).toBe('unlocked')
  })

  it('takes the same characters, however a keyboard composes them', async () => {
    const home = temporaryHome('passphrase')
    await (await home.open()).unlock(new Secret('caf\u00e9 au lait, bien s\u00fbr'))
    const vault = await home.open()
    await vault.unlock(new Secret('cafe\u0301 au lait, bien su\u0302r'))
    expect(vault.status().state).toBe('unlocked')
  })

  it('refuses a short one', async () => {
    const vault = await temporaryHome('passphrase').open()
    await expect(vault.unlock(new Secret('hunter2'))).rejects.toMatchObject({
      code: 'value_refused',
      message: 'a passphrase of 7 characters is too short: 12 are the least',
    })
  })

  it('opens by itself with a file that holds it, with or without a newline', async () => {
    const home = temporaryHome('passphrase')
    home.settings.passphraseFile = 'secret/words'
    mkdirSync(join(home.path, 'secret'))
    const path = join(home.path, 'secret/words')
    writeFileSync(path, `${words}\n`)
    await keep(home, await home.open(), 'default', 'sk-test')
    writeFileSync(path, words)
    expect(opened(home, await home.open())).toEqual({ default: 'sk-test' })
    writeFileSync(path, 'another one altogether')
    expect((await home.open()).status()).toMatchObject({
      state: 'locked',
      reason: `what is in ${path} is not the passphrase of this vault`,
      passphrasePlace: path,
    })
    home.settings.passphraseFile = '~/nowhere'
    expect((await home.open()).status()).toMatchObject({
      state: 'locked',
      reason: `${join(home.path, 'nowhere')} is not there`,
    })
    execFileSync('mkfifo', [join(home.path, 'pipe')])
    home.settings.passphraseFile = 'pipe'
    expect((await home.open()).status()).toMatchObject({
      state: 'locked',
      reason: `${join(home.path, 'pipe')} is not a regular file`,
    })
  })

  it('opens by itself with a credential that systemd hands over', async () => {
    const home = temporaryHome('passphrase', { CREDENTIALS_DIRECTORY: '/nonexistent' })
    expect((await home.open()).status().passphrasePlace).toBeNull()
    const credentials = temporaryHome().path
    writeFileSync(join(credentials, 'traseai-passphrase'), words)
    const service = temporaryHome('passphrase', { CREDENTIALS_DIRECTORY: credentials })
    await keep(service, await service.open(), 'default', 'sk-test')
    expect(opened(service, await service.open())).toEqual({ default: 'sk-test' })
  })

  it('makes another key of the same passphrase the next time', async () => {
    const home = temporaryHome('passphrase')
    const vault = await home.open()
    await vault.unlock(new Secret(words))
    const { keyId } = vault.status()
    expect((await vault.rekey({ passphrase: new Secret(words) })).keyId).not.toBe(keyId)
  })

  it('is not kept waiting by a cost that somebody wrote into the database', async () => {
    const home = temporaryHome('passphrase')
    const keyId = '00000000000000aa'
    const vaultKey = (keeper: object): Parameters<typeof home.open>[0] => ({
      vaultKey: { keyId, keeper: 'passphrase', parameters: { keeper } },
    })
    for (const damaged of [{}, { salt: 'AAAA', n: 2 ** 40, r: 8, p: 1 }, { salt: '§', n: 1024, r: 8, p: 1 }]) {
      const vault = await home.open(vaultKey(damaged))
      expect(vault.status()).toMatchObject({ state: 'missing', reason: 'the salt of the passphrase is damaged' })
    }
  })

  it('says that another keeper has the key, when one does', async () => {
    const home = temporaryHome()
    const vault = await home.open()
    await expect(vault.unlock(new Secret(words))).rejects.toMatchObject({ code: 'usage' })
    await vault.unlock(null)
    expect(vault.status().state).toBe('empty')
  })
})
