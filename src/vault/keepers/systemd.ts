// The keeper of services: systemd hands the key over when it starts them, from a file or a TPM that others cannot read.
import { messageOf, TraseError } from '../../errors.ts'
import type { Host } from '../../host.ts'
import { keepOnly, type MasterKey, readKeys, wipe } from '../master-key.ts'
import { credentialPath, readIfThere } from './credentials-directory.ts'
import type { FoundKey, Keeper, KeeperDeps, NewKey } from './keeper.ts'

const credentialName = 'traseai-master-key'
const place = `the systemd credential ${credentialName}`

export const systemd: Keeper = {
  place: () => place,
  find,
  make,
  forget,
}

/** True when systemd has handed a key over. */
export function hasSystemdKey(host: Host): boolean {
  return credentialPath(host, credentialName) !== null
}

async function find({ host }: KeeperDeps, keyId: string): Promise<FoundKey> {
  const hint = 'start the gateway as the service that has it, with the key that belongs to this database'
  try {
    const content = await read(host)
    if (content === null) return { outcome: 'missing', reason: `${place} is not there`, hint }
    const key = keepOnly(readKeys(content).keys, keyId)
    if (key) return { outcome: 'found', key }
    return { outcome: 'missing', reason: `${place} holds no key ${keyId}`, hint }
  } catch (error) {
    return { outcome: 'missing', reason: messageOf(error), hint }
  }
}

/** Nothing can be written there: the next key is the first of its lines that is not the present one. */
async function make({ host }: KeeperDeps, present: MasterKey | null): Promise<NewKey> {
  const content = await read(host)
  const { keys } = readKeys(content ?? '')
  const key = keys.find(({ id }) => id !== present?.id)
  for (const other of keys) if (other !== key) wipe(other)
  if (key) return { key, parameters: {} }
  if (present && content !== null) {
    throw new TraseError('usage', `${place} holds no other key than the present one`, {
      hint: 'add a line for the new key above it (openssl rand -base64 32), restart the service, and try again',
    })
  }
  throw new TraseError('vault_key_missing', content === null ? `${place} is not there` : `${place} holds no key`, {
    hint: `make one: openssl rand -base64 32 > FILE, and in the unit: LoadCredential=${credentialName}:FILE`,
  })
}

async function forget({ host }: KeeperDeps, keyId: string): Promise<string | null> {
  const { keys } = readKeys((await read(host)) ?? '')
  const line = keys.findIndex(({ id }) => id === keyId) + 1
  for (const key of keys) wipe(key)
  return line === 0 ? null : `take the old key ${keyId} out of ${place}: it is key ${line} of ${keys.length}`
}

async function read(host: Host): Promise<string | null> {
  const path = credentialPath(host, credentialName)
  return path === null ? null : readIfThere(path)
}
