// The keeper that keeps nothing: the key is made from a passphrase, each time it is told.
import { scrypt } from 'node:crypto'
import * as z from 'zod'
import { refuseShortPassphrase } from '../../domain/passphrase.ts'
import { messageOf, TraseError } from '../../errors.ts'
import { configuredPath } from '../../host.ts'
import { type MasterKey, masterKeyBytes, masterKeyOf, wipe } from '../master-key.ts'
import { Secret } from '../secret.ts'
import { credentialPath, readIfThere } from './credentials-directory.ts'
import type { FoundKey, Keeper, KeeperDeps, KeeperParameters, NewKey } from './keeper.ts'

/** RFC 7914. 128 MiB and some 0.4 s for each guess. */
const cost = { n: 131_072, r: 8, p: 1 }
const saltBytes = 16
const credentialName = 'traseai-passphrase'

/** What is stored was written by this program, but a file can be exchanged: no cost that would stop the gateway. */
const parametersSchema = z.strictObject({
  salt: z.base64().max(128),
  n: z.int().min(2).max(1_048_576),
  r: z.int().min(1).max(32),
  p: z.int().min(1).max(16),
})
type Parameters = z.infer<typeof parametersSchema>

export const passphrase: Keeper = {
  place: (deps) => {
    const name = passphrasePlace(deps)
    return name === null ? 'told with: traseai vault unlock' : `the passphrase in ${name}`
  },
  find,
  make,
  forget: () => Promise.resolve(null),
}

/** Where it is read, in words; null when somebody has to tell it. */
export function passphrasePlace(deps: KeeperDeps): string | null {
  return sourceOf(deps)?.name ?? null
}

async function find(deps: KeeperDeps, keyId: string, stored: KeeperParameters, told: Secret | null): Promise<FoundKey> {
  const hint = 'unlock it: traseai vault unlock'
  const parameters = parametersSchema.safeParse(stored)
  if (!parameters.success) {
    return {
      outcome: 'missing',
      reason: 'the salt of the passphrase is damaged',
      hint: 'restore a backup of traseai.db',
    }
  }
  try {
    const given = await secretOf(deps, told)
    if (given === null) return { outcome: 'locked', reason: 'nobody has told the passphrase yet', hint }
    const key = await derive(given.secret, parameters.data).finally(() => given.secret.drop())
    if (key.id === keyId) return { outcome: 'found', key }
    wipe(key)
    return { outcome: 'locked', reason: `${given.name} is not the passphrase of this vault`, hint }
  } catch (error) {
    return { outcome: 'locked', reason: messageOf(error), hint }
  }
}

async function make(deps: KeeperDeps, _present: MasterKey | null, told: Secret | null): Promise<NewKey> {
  const given = await secretOf(deps, told)
  if (given === null) {
    throw new TraseError('vault_locked', 'the vault has no passphrase yet', {
      hint: 'choose one: traseai vault unlock',
    })
  }
  try {
    refuseShortPassphrase(normalized(given.secret))
    // With a new salt the same passphrase makes another key.
    const parameters = { salt: deps.host.randomBytes(saltBytes).toString('base64'), ...cost }
    return { key: await derive(given.secret, parameters), parameters }
  } finally {
    given.secret.drop()
  }
}

/** A passphrase that somebody told goes first; the caller drops the copy that comes back. */
async function secretOf(deps: KeeperDeps, told: Secret | null): Promise<{ secret: Secret; name: string } | null> {
  if (told) return { secret: new Secret(normalized(told)), name: 'what was given' }
  const source = sourceOf(deps)
  if (source === null) return null
  const content = await readIfThere(source.path)
  if (content === null) throw new TraseError('file_unreadable', `${source.name} is not there`)
  return { secret: new Secret(content.replace(/\r?\n$/, '')), name: `what is in ${source.name}` }
}

function sourceOf({ host, passphraseFile }: KeeperDeps): { readonly path: string; readonly name: string } | null {
  const file = passphraseFile()
  if (file !== null) {
    const path = configuredPath(host, file)
    return { path, name: path }
  }
  const path = credentialPath(host, credentialName)
  return path === null ? null : { path, name: `the systemd credential ${credentialName}` }
}

/** Keyboards and systems compose the same characters in different ways: RFC 8265, section 4. */
function normalized(secret: Secret): string {
  return secret.reveal().normalize('NFC')
}

function derive(secret: Secret, { salt, n, r, p }: Parameters): Promise<MasterKey> {
  const options = { N: n, r, p, maxmem: 128 * n * r * p + 33_554_432 }
  return new Promise((done, failed) => {
    scrypt(normalized(secret), Buffer.from(salt, 'base64'), masterKeyBytes, options, (error, key) => {
      if (error) failed(error)
      else done(masterKeyOf(key))
    })
  })
}
