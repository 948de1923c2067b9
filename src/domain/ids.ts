// Branded ids, parsed once at the edge and trusted everywhere else.
import { quoted, TraseError } from '../errors.ts'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** `<provider>:<name>`: `anthropic:default`, `anthropic:ANTHROPIC_API_KEY_2`, `openai:OPENAI_API_KEYS#a1b2c3`. */
export type ProfileId = Branded<'ProfileId'>
/** A key of the provider table: lower-case letters, digits and dashes. */
export type ProviderId = Branded<'ProviderId'>
export type AgentId = Branded<'AgentId'>
export type SessionId = Branded<'SessionId'>
/** First 16 hex digits of HMAC-SHA-256(installation key, secret). */
export type Fingerprint = Branded<'Fingerprint'>

export const profileIdPattern = /^[a-z0-9][a-z0-9-]{0,63}:[A-Za-z0-9_.@#+-]{1,128}$/
export const providerIdPattern = /^[a-z0-9][a-z0-9-]{0,63}$/
/** Of agents and sessions. */
export const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}$/
const fingerprintPattern = /^[0-9a-f]{16}$/

/** @throws TraseError `usage` when `text` is not `<provider>:<name>`. */
export function parseProfileId(text: string): ProfileId {
  return parse<ProfileId>(text, profileIdPattern, 'credential id', '<provider>:<name>, such as anthropic:default')
}

/** @throws TraseError `usage` */
export function parseProviderId(text: string): ProviderId {
  return parse<ProviderId>(
    text,
    providerIdPattern,
    'provider',
    'lower-case letters, digits and dashes, such as anthropic',
  )
}

/** @throws TraseError `usage` */
export function parseAgentId(text: string): AgentId {
  return parse<AgentId>(text, namePattern, 'agent id', 'letters, digits, dots and dashes, such as main')
}

/** @throws TraseError `usage` */
export function parseSessionId(text: string): SessionId {
  return parse<SessionId>(text, namePattern, 'session id', 'at most 128 letters, digits, dots and dashes')
}

/** @throws TraseError `usage` */
export function parseFingerprint(text: string): Fingerprint {
  return parse<Fingerprint>(text, fingerprintPattern, 'fingerprint', '16 hexadecimal digits')
}

/** The provider of a credential id: everything before the first colon. */
export function providerOf(profileId: ProfileId): ProviderId {
  return profileId.slice(0, profileId.indexOf(':')) as ProviderId // a ProfileId starts with a valid provider id
}

function parse<T extends string>(text: string, pattern: RegExp, what: string, shape: string): T {
  if (!pattern.test(text))
    throw new TraseError('usage', `${quoted(text)} is no ${what}`, {
      hint: `expected ${shape}`,
    })
  return text as T // the pattern is the proof
}
