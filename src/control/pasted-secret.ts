// The secret in what somebody pasted, checked against the shape of its provider's keys before anything is stored.
import type { CredentialKind } from '../domain/events.ts'
import { readPasted } from '../domain/key-shape.ts'
import type { Provider } from '../domain/provider.ts'
import { TraseError } from '../errors.ts'
import { Secret } from '../vault/secret.ts'

export interface PastedSecret {
  /** Owned by the caller. */
  readonly secret: Secret
  /** What its shape says, else what the caller said. */
  readonly kind: CredentialKind
  readonly notes: readonly string[]
}

const kindWords = { api_key: 'an API key', token: 'a token' } as const

/** @throws TraseError `value_refused` with the reason, without any part of the value */
export function pastedSecret(
  text: string,
  said: CredentialKind,
  provider: Provider,
  providers: readonly Provider[],
): PastedSecret {
  const read = readPasted(text, provider, providers)
  if ('refused' in read) throw new TraseError('value_refused', `this ${read.refused}`, { hint: read.hint })
  // The kind decides how it is sent: an API key sent as a token is refused by the provider.
  const kind = read.kind ?? said
  const other = read.kind !== null && read.kind !== said ? [`it is ${kindWords[read.kind]}, and stored as one`] : []
  return { secret: new Secret(read.value), kind, notes: [...other, ...read.notes.map((note) => `the value ${note}`)] }
}
