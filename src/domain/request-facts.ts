// What earlier requests taught that is kept in memory and not in the log, as far as choosing a credential needs it.
import type { Cooldown } from './entities.ts'
import type { ProfileId } from './ids.ts'
import type { Quota } from './quota.ts'

/** Of one credential. The same object for as long as the credential is known; its numbers move on. */
export interface UseFacts {
  /** Epoch milliseconds; -1 for one never used. */
  readonly lastUsedAt: number
  /** Number of its last attempt, counted over all credentials; 0 for one never tried since the gateway started. */
  readonly lastStart: number
}

/** Of one limit: a credential's own or a quota group's. The same object for as long as the limit is known. */
export interface LimitFacts {
  quotaOf(model: string | null): Quota | null
  /** Whether a request for `model` (null: for any) that began at `moment` (epoch ms) or later succeeded. */
  succeededSince(model: string | null, moment: number): boolean
  /** When there is likely room again although this cooldown runs (epoch ms, before its end); null when nothing is known. */
  likelyAt(running: Cooldown): number | null
}

export interface RequestFacts {
  use(profileId: ProfileId): UseFacts
  /** @param key see `limitKey` */
  limit(key: string): LimitFacts
}
