// How the data of older event versions become today's.
import * as z from 'zod'

/** Version 1 of CredentialAdded wrote its source as one string, `env-file:ANTHROPIC_API_KEY`. */
export function splitSource(data: unknown): unknown {
  const old = z.looseObject({ source: z.string() }).parse(data)
  const colon = old.source.indexOf(':')
  return { ...old, source: { kind: old.source.slice(0, colon), name: old.source.slice(colon + 1) } }
}

/** Version 1 of CredentialCooldownCleared and ModelUnpinned were written for people only. */
export function byHand(data: unknown): unknown {
  return { ...z.looseObject({}).parse(data), reason: 'user' }
}
