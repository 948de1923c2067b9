// The keeper of services: a key that systemd hands over as a credential.
import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { KeeperKind } from '../../src/domain/events.ts'
import { type Home, keep, opened, temporaryHome } from './temporary-vault.ts'

const key = (): string => randomBytes(32).toString('base64')

/** A home as a service has it, and the way to change the credential for the next start. */
function asService(
  content: string | null,
  keeper: 'auto' | KeeperKind = 'auto',
): Home & { credential(text: string): void } {
  const directory = temporaryHome().path
  const credential = (text: string): void => writeFileSync(join(directory, 'traseai-master-key'), text)
  if (content !== null) credential(content)
  return { ...temporaryHome(keeper, { CREDENTIALS_DIRECTORY: directory }), credential }
}

it('a key that systemd hands over is used without being asked for, and no key file is made', async () => {
  const home = asService(`${key()}\n`)
  const vault = await home.open()
  await keep(home, vault, 'default', 'sk-test')
  expect(vault.status()).toMatchObject({ keeper: 'systemd', place: 'the systemd credential traseai-master-key' })
  expect(existsSync(join(home.path, 'vault.key'))).toBe(false)
  expect(opened(home, await home.open())).toEqual({ default: 'sk-test' })
})

it('without the credential the vault says how to make one', async () => {
  const home = asService(null, 'systemd')
  const vault = await home.open()
  await expect(keep(home, vault, 'default', 'sk-test')).rejects.toMatchObject({
    code: 'vault_key_missing',
    hint: expect.stringContaining('LoadCredential=traseai-master-key:') as unknown,
  })
})

it('a start without the service finds the key missing, and with it again', async () => {
  const home = asService(key())
  await keep(home, await home.open(), 'default', 'sk-test')
  const byHand = await home.open({ host: { ...home.host, env: {} } })
  expect(byHand.status()).toMatchObject({
    state: 'missing',
    reason: 'the systemd credential traseai-master-key is not there',
  })
  expect(opened(home, await home.open())).toEqual({ default: 'sk-test' })
})

it('its key is changed by a line above it, and the old line is named afterwards', async () => {
  const [old, next] = [key(), key()]
  const home = asService(old)
  const vault = await home.open()
  await keep(home, vault, 'default', 'sk-test')
  const { keyId } = vault.status()
  await expect(vault.rekey({})).rejects.toMatchObject({
    code: 'usage',
    hint: expect.stringContaining('line') as unknown,
  })
  home.credential(`${next}\n${old}\n`)
  const restarted = await home.open()
  expect(restarted.status().keyId).toBe(keyId)
  const outcome = await restarted.rekey({})
  expect(outcome.notes).toEqual([
    `take the old key ${keyId} out of the systemd credential traseai-master-key: it is key 2 of 2`,
  ])
  home.credential(next)
  expect(opened(home, await home.open())).toEqual({ default: 'sk-test' })
})

it('a vault whose key is in a file says that a credential is there, and moves to it', async () => {
  const home = asService(null)
  const before = await home.open()
  await keep(home, before, 'default', 'sk-test')
  expect(before.status()).toMatchObject({ keeper: 'key-file', notes: [] })
  home.credential(key())
  const vault = await home.open()
  expect(vault.status()).toMatchObject({
    keeper: 'key-file',
    notes: ['systemd hands over a key that is not in use: traseai vault rekey --keeper systemd'],
  })
  await vault.rekey({ keeper: 'systemd' })
  expect(existsSync(join(home.path, 'vault.key'))).toBe(false)
  expect(opened(home, await home.open())).toEqual({ default: 'sk-test' })
})
