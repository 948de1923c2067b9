// What a provider is: where its requests go, how it wants its key, which variables name its keys, whose error shape it has.
import type { ProviderId } from './ids.ts'

/** How a provider takes its key: `authorization: Bearer`, `x-api-key` or `x-goog-api-key`. */
export const authSchemes = ['bearer', 'x-api-key', 'x-goog-api-key'] as const
export type AuthScheme = (typeof authSchemes)[number]
/** The shape of a provider's error bodies and stream events. */
export const dialects = ['anthropic', 'openai', 'google'] as const
export type Dialect = (typeof dialects)[number]

export interface Provider {
  readonly id: ProviderId
  readonly name: string
  /** Where the gateway's `/<provider>` prefix is mapped to; no slash at the end. */
  readonly baseUrl: string
  readonly auth: AuthScheme
  readonly dialect: Dialect
  /** `P` of `<P>_API_KEY`. */
  readonly envPrefix: string
  /** Further variables, tried last. */
  readonly fallbackVariables: readonly string[]
  /** Further prefixes that work in `TRASEAI_LIVE_<P>_KEY`. */
  readonly liveAliases: readonly string[]
  /** What SDKs read to find their base URL, and the path they expect behind `/<provider>`; for `exec` and `shellenv`. */
  readonly sdk: {
    readonly baseUrlVariables: readonly string[]
    readonly keyVariables: readonly string[]
    readonly path: string
  }
  /** `configuration` when traseai.json added it or changed its address. */
  readonly origin: 'built-in' | 'configuration'
}
