// Compares what was found with what the gateway has: which keys are new, under which id each would be kept, and what that would replace.
import { charactersForLast4 } from '../../../domain/last4.ts'
import type { FoundKey, FoundKind } from './found-key.ts'
import type { KnownCredential, KnownState } from './known-state.ts'

export interface Offer {
  readonly key: FoundKey
  /** What it would be kept as in the vault. */
  readonly profileId: string
  /** The end of the value that `profileId` has now, which would be replaced; null when there is no such credential. */
  readonly replaces: string | null
}

export interface Offers {
  readonly fresh: readonly Offer[]
  readonly known: readonly { readonly key: FoundKey; readonly profileId: string }[]
}

/** Values are compared by the last four characters, which is all that the gateway tells of them. */
export function offersOf(
  found: readonly FoundKey[],
  { credentials, foreignIds }: Pick<KnownState, 'credentials' | 'foreignIds'>,
): Offers {
  const known = found.flatMap((key) => {
    const profileId = knownAs(key, credentials)
    return profileId === null ? [] : [{ key, profileId }]
  })
  const taken = new Set([...known.map(({ profileId }) => profileId), ...foreignIds])
  const isKnown = (key: FoundKey): boolean => known.some((entry) => entry.key === key)
  const fresh = found
    .filter((key) => !isKnown(key))
    .map((key): Offer => {
      const profileId = freeId(`${key.provider}:${nameOf(key)}`, taken)
      taken.add(profileId)
      const there = credentials.find((credential) => credential.profileId === profileId)
      return { key, profileId, replaces: there ? (there.last4 ?? '') : null }
    })
  return { fresh, known }
}

/** The id under which the gateway has this value; null when it does not. */
export function knownAs(
  { provider, value }: Pick<FoundKey, 'provider' | 'value'>,
  credentials: readonly KnownCredential[],
): string | null {
  const end = last4(value)
  const same = credentials.find((credential) => credential.provider === provider && credential.last4 === end)
  return end === '' ? null : (same?.profileId ?? null)
}

/** `id`, or the first of `id-2`, `id-3`, … that is not taken. */
export function freeId(id: string, taken: ReadonlySet<string>): string {
  let result = id
  for (let number = 2; taken.has(result); number += 1) result = `${id}-${number}`
  return result
}

/** `ANTHROPIC_API_KEY`, or the first of `…_2`, `…_3`, … that is not taken. */
export function freeVariable(prefix: string, taken: ReadonlySet<string>): string {
  let result = `${prefix}_API_KEY`
  for (let number = 2; taken.has(result); number += 1) result = `${prefix}_API_KEY_${number}`
  return result
}

/** What may be shown of a value; empty for a short one. */
export function last4(value: string): string {
  return value.length < charactersForLast4 ? '' : value.slice(-4)
}

/** ` …abcd`, or nothing. */
export function ending(value: string): string {
  const end = last4(value)
  return end === '' ? '' : ` …${end}`
}

function nameOf({ kind, origins: [{ tool }] }: FoundKey): string {
  if (tool === 'given') return givenName(kind)
  return tool === 'env' ? 'shell' : tool
}

/** What `models auth paste-token` and `paste-api-key` call theirs. */
export function givenName(kind: FoundKind): string {
  return kind === 'token' ? 'manual' : 'api-key'
}
