// What one attempt to use a credential came to, whoever made it: the gateway, or a program that calls a provider itself.
import type { Restriction } from './events.ts'
import type { ProfileId } from './ids.ts'

/** `startedAt` is in epoch milliseconds: an attempt older than what is known says nothing new. */
export type AttemptOutcome =
  | {
      readonly outcome: 'ok'
      readonly profileId: ProfileId
      readonly model: string | null
      readonly startedAt: number
      /** Of a trial: see `roomAt` in refill.ts. */
      readonly roomAt?: number | null
    }
  | {
      readonly outcome: 'rate_limited'
      readonly profileId: ProfileId
      /** Null when the whole credential is limited. */
      readonly model: string | null
      readonly startedAt: number
      readonly status: number
      /** The reset that the provider stated, from now; null when it stated none. */
      readonly retryAfterMs: number | null
      /** See `roomAt` in refill.ts. */
      readonly roomAt?: number | null
    }
  | {
      readonly outcome: 'unauthorized' | 'billing'
      readonly profileId: ProfileId
      readonly startedAt: number
    }
  | {
      /** The provider takes the credential from one program only; it stays in use for that one. */
      readonly outcome: 'restricted'
      readonly profileId: ProfileId
      readonly to: Restriction
      readonly startedAt: number
    }
