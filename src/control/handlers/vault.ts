// Handlers about the vault.
import type { ParsedParams } from '../../protocol/contract.ts'
import { Secret } from '../../vault/secret.ts'
import type { ControlDeps } from '../deps.ts'
import type { Answer, CallContext, Handlers } from '../handler.ts'

export const vaultHandlers = {
  'vault.status': (_params, { deps }) => status(deps),
  'vault.unlock': async ({ passphrase }, { deps }) => {
    await withSecret(passphrase, (secret) => deps.vault.unlock(secret))
    return status(deps)
  },
  'vault.rekey': rekey,
} as const satisfies Handlers<'vault.status' | 'vault.unlock' | 'vault.rekey'>

function rekey(
  { keeper, passphrase }: ParsedParams<'vault.rekey'>,
  { deps, actor }: CallContext,
): Promise<Answer<'vault.rekey'>> {
  return withSecret(passphrase, (secret) => deps.rekeyVault({ keeper, passphrase: secret ?? undefined }, actor))
}

async function withSecret<T>(text: string | undefined, work: (secret: Secret | null) => Promise<T>): Promise<T> {
  const secret = text === undefined ? null : new Secret(text)
  try {
    return await work(secret)
  } finally {
    secret?.drop()
  }
}

async function status(deps: ControlDeps): Promise<Answer<'vault.status'>> {
  const credentials = Object.values(deps.state().credentials)
  const present = deps.vault.status()
  // While it is not open, nobody knows which key is the right one.
  const besides = present.state === 'unlocked' ? await deps.vault.besidesKey() : null
  const notes = besides === null ? present.notes : [...present.notes, besides]
  return { ...present, notes, secrets: credentials.filter(({ source }) => source.kind === 'vault').length }
}
