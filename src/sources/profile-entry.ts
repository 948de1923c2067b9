// One profile of an auth-profiles.json as somebody wrote it: what it says, the secret that was pasted into it, what is odd about it.
import { credentialKinds, type CredentialKind } from '../domain/events.ts'
import { isRecord } from '../domain/json-record.ts'
import { readPasted } from '../domain/key-shape.ts'
import type { EditedProfile, Fault } from '../domain/profiles-edit.ts'
import type { Provider } from '../domain/provider.ts'
import { suggestionOr } from '../domain/suggest.ts'
import { Secret } from '../vault/secret.ts'

export interface ReadEntry {
  readonly profile: EditedProfile<Secret>
  /** Names that are harmless to print. */
  readonly unknownFields: readonly string[]
}

/** Where other programs, and people, write a secret; with the kind that the name stands for. */
const secretFields: Readonly<Record<string, CredentialKind | null>> = {
  key: null,
  apiKey: 'api_key',
  api_key: 'api_key',
  token: 'token',
  access: 'oauth',
  secret: null,
}
const knownFields = new Set(['type', 'provider', 'ref', 'expires', 'expiresAt', ...Object.keys(secretFields)])
const references = /^(?:vault|env|file|exec):./
/** 1973 in milliseconds: anything less was meant in seconds. */
const instantMsMin = 100_000_000_000
const instantMsMax = 253_402_300_799_999

const nothingSaid = { type: null, provider: null, ref: null, expiresAt: null, secret: null, fault: null }

/** `name` is the entry's own; a secret is read as one that is pasted for the provider in it. */
export function readProfile(name: string, entry: unknown, providers: readonly Provider[]): ReadEntry {
  if (!isRecord(entry)) {
    return { profile: faulty('is no object', 'write it like { "ref": "env:NAME" }'), unknownFields: [] }
  }
  const unknownFields = Object.keys(entry).filter((field) => !knownFields.has(field))
  return {
    profile: profileOf(name, entry, providers),
    unknownFields: unknownFields.map((field) => (/^[A-Za-z_]{1,24}$/.test(field) ? field : '(a field)')),
  }
}

type Entry = Readonly<Record<string, unknown>>

function profileOf(name: string, entry: Entry, providers: readonly Provider[]): EditedProfile<Secret> {
  const { type = null, provider = null, ref = null } = entry
  if (type !== null && !credentialKinds.some((kind) => kind === type)) {
    return faulty('has an unknown "type"', `write ${credentialKinds.map((kind) => `"${kind}"`).join(', ')}`)
  }
  if (provider !== null && typeof provider !== 'string') return faulty('has a "provider" that is no text', null)
  if (ref !== null && typeof ref !== 'string') return faulty('has a "ref" that is no text', null)
  const expiresAt = expiryOf(entry)
  if (expiresAt === 'invalid') {
    return faulty('has no expiry date as they are written', 'write it like "expiresAt": "2027-01-31T12:00:00Z"')
  }
  const said = { ...nothingSaid, type: type as CredentialKind | null, provider, expiresAt } // checked against the kinds above
  const pasted = pastedOf(entry, ref)
  if (pasted === null) return { ...said, ref }
  if ('message' in pasted) return faulty(pasted.message, pasted.hint)
  return withSecret(name, said, pasted, providers)
}

interface PastedText {
  readonly text: string
  readonly kind: CredentialKind | null
}

/** The one secret in an entry. */
function pastedOf(entry: Entry, ref: string | null): PastedText | Fault | null {
  const found = Object.entries(secretFields).flatMap(([field, kind]): PastedText[] => {
    const text = entry[field]
    return typeof text === 'string' && text.trim() !== '' ? [{ text, kind }] : []
  })
  if (ref !== null && !references.test(ref)) {
    const wrong = wrongReference(ref)
    if (wrong) return wrong
    found.push({ text: ref, kind: null })
  }
  const [first] = found
  if (!first) return null
  if (found.some(({ text }) => text !== first.text)) {
    return { message: 'has more than one key in it', hint: 'a profile is one key: give each a profile of its own' }
  }
  return { text: first.text, kind: found.find(({ kind }) => kind !== null)?.kind ?? null }
}

/** What a `ref` means that is neither a reference nor a key; null when it may be a key. */
function wrongReference(ref: string): Fault | null {
  const message = 'has a "ref" that is no reference'
  const fault = (hint: string): Fault => ({ message, hint })
  if (/^[A-Z][A-Z0-9_]*$/.test(ref)) return fault('for a variable write "ref": "env:NAME"')
  if (/^[/~.]/.test(ref)) return fault('for a file write "ref": "file:/path"')
  if (/^[a-z]+:\/\//.test(ref)) return fault('for a password manager write "ref": "exec:/path/to/program argument"')
  return /^\S{16,}$/.test(ref.trim()) ? null : fault('write "ref": "env:NAME", "file:/path" or "exec:/program"')
}

function withSecret(
  name: string,
  said: EditedProfile<Secret>,
  { text, kind }: PastedText,
  providers: readonly Provider[],
): EditedProfile<Secret> {
  const id = name.slice(0, Math.max(0, name.indexOf(':')))
  const provider = providers.find((each) => each.id === id)
  if (!provider) {
    const ids = providers.map((each) => each.id)
    const hint = suggestionOr(id, ids, 'name it like anthropic:work, with a provider that is known')
    return faulty('holds a key of a provider that is not known', hint)
  }
  const read = readPasted(text, provider, providers)
  if ('refused' in read) return faulty(`holds a key that is not taken: it ${read.refused}`, read.hint)
  // Keys and tokens of one provider are sent in different ways: their shape knows better than whoever wrote `type`.
  const type = said.type === 'oauth' ? 'oauth' : (read.kind ?? said.type ?? kind)
  return { ...said, type, secret: new Secret(read.value) }
}

/** Null when there is none. `expires` is how other programs call it, in milliseconds. */
function expiryOf({ expiresAt, expires }: Entry): number | null | 'invalid' {
  const date = expiresAt ?? expires ?? null
  if (date === null) return null
  const moment =
    typeof date === 'string' && /^\d{4}-\d\d-\d\d/.test(date) ? Date.parse(date) : typeof date === 'number' ? date : NaN
  return moment >= instantMsMin && moment <= instantMsMax ? Math.floor(moment) : 'invalid'
}

function faulty(message: string, hint: string | null): EditedProfile<Secret> {
  return { ...nothingSaid, fault: { message, hint } }
}
