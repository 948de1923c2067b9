// Who keeps the master key of a restored home.
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Restored } from '../../src/backup/restore-into.ts'
import { freshHome } from '../support/gateway-process.ts'
import { type BackedUpHomes, openBackedUpHomes, profileId, secret } from './backed-up-homes.ts'

let homes: BackedUpHomes

beforeEach(async () => (homes = await openBackedUpHomes()))
afterEach(() => homes.remove())

const keeperOf = async (home: string, ...more: string[]): Promise<Pick<Restored, 'notes'> & { keeper: string }> => {
  const { stdout, stderr } = await homes.restore('a.age', home, '--json', ...more)
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as Pick<Restored, 'notes'> & { keeper: string }
}

it('is the key file where systemd had it, because no command can see what systemd has', async () => {
  const credentials = homes.path('credentials')
  await mkdir(credentials)
  await writeFile(join(credentials, 'traseai-master-key'), randomBytes(32).toString('base64'))
  const asService = { CREDENTIALS_DIRECTORY: credentials }
  await homes.makeBackup('a', asService)
  const home = homes.path('elsewhere')
  const { keeper, notes } = await keeperOf(home)
  expect(keeper).toBe('key-file')
  expect(notes.join()).toContain('the master key lies in vault.key of the home now')
  expect(await homes.revealed(home)).toBe(secret)

  const same = homes.path('same')
  expect((await keeperOf(same, '--keeper', 'same')).keeper).toBe('systemd')
  expect(existsSync(join(same, 'vault.key'))).toBe(false)
  expect(await homes.revealed(same, asService)).toBe(secret)
})

it('stays the passphrase, unless nobody knows it any more', async () => {
  const phrase = homes.path('phrase')
  await writeFile(phrase, 'a passphrase of the vault')
  await homes.makeBackup('a', {}, { vault: { keeper: 'passphrase', passphraseFile: phrase } })
  const home = homes.path('elsewhere')
  expect((await keeperOf(home)).keeper).toBe('passphrase')
  expect(existsSync(join(home, 'vault.key'))).toBe(false)
  expect(await homes.revealed(home)).toBe(secret)

  await rm(phrase)
  const other = homes.path('forgotten')
  expect((await keeperOf(other, '--keeper', 'key-file')).keeper).toBe('key-file')
  expect(await homes.revealed(other)).toBe(secret)
})

it('needs what it had when the key was left out', async () => {
  const home = await freshHome()
  const gateway = await homes.start(home)
  await gateway.client.call('credentials.add', { profileId, provider: 'anthropic', kind: 'api_key', secret })
  expect((await homes.backup(home, 'a.age', '--without-key')).stderr).toContain(
    'open only where their master key still is',
  )
  await homes.stop(gateway)
  const elsewhere = homes.path('elsewhere')
  expect((await keeperOf(elsewhere)).notes.join()).toContain('the backup has no master key')
  expect(existsSync(join(elsewhere, 'vault.key'))).toBe(false)
  await rm(home, { recursive: true })
})
