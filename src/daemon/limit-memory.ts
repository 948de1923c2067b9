// What is remembered of one limit, a credential's own or a quota group's: what is left of it, and the last successes after a refusal.
import type { Cooldown } from '../domain/entities.ts'
import type { Estimate } from '../domain/estimate.ts'
import { putRecent } from '../domain/put-recent.ts'
import type { QuotaLimit } from '../domain/quota.ts'
import type { LimitFacts } from '../domain/request-facts.ts'

/** Models of one limit: clients choose their names. */
const modelsMax = 64

export interface LimitMemory extends LimitFacts {
  noteProof(model: string | null, startedAt: number): void
  noteStart(model: string | null): number
  noteQuota(model: string | null, start: number, stated: readonly QuotaLimit[]): void
  /** The estimate that was noted for this cooldown. */
  estimateOf(running: Cooldown): Estimate | null
  noteEstimate(running: Cooldown, estimate: Estimate): void
  /** What was stated does not hold any more. */
  forgetQuotas(): void
}

/** Quotas are noted only once a provider stated one, and proofs only after a refusal: most limits remember nothing at all. */
export function openLimitMemory(): LimitMemory {
  let proofs: Map<string | null, number> | null = null
  let quotas: Map<string | null, QuotaMemory> | null = null
  let estimates: Map<string | null, Estimate> | null = null
  let newest: QuotaMemory | null = null
  let lastProof = -1
  const estimateOf = ({ model, until }: Cooldown): Estimate | null => {
    const noted = estimates?.get(model)
    return noted?.until === until ? noted : null
  }
  return {
    // Who asks for no model in particular is told of the one that was heard of last.
    quotaOf: (model) => quotas?.get(model) ?? (model === null ? newest : null),
    succeededSince: (model, moment) => (model === null ? lastProof : (proofs?.get(model) ?? -1)) >= moment,
    likelyAt: (running) => estimateOf(running)?.at ?? null,
    noteProof(model, startedAt) {
      lastProof = Math.max(lastProof, startedAt)
      if (model === null) return
      proofs ??= new Map()
      putRecent(proofs, model, Math.max(proofs.get(model) ?? -1, startedAt), modelsMax)
    },
    noteStart(model) {
      const quota = quotas?.get(model)
      if (!quota) return 0
      quota.starts += 1
      quota.startedSince += 1
      return quota.starts
    },
    noteQuota(model, start, stated) {
      quotas ??= new Map()
      const known = quotas.get(model)
      if (known && start < known.stated) return
      const starts = known?.starts ?? 0
      newest = { limits: stated, starts, stated: start, startedSince: starts - start }
      putRecent(quotas, model, newest, modelsMax)
    },
    estimateOf,
    noteEstimate({ model }, estimate) {
      estimates ??= new Map()
      putRecent(estimates, model, estimate, modelsMax)
    },
    forgetQuotas() {
      quotas = null
      newest = null
      estimates = null
    },
  }
}

interface QuotaMemory {
  limits: readonly QuotaLimit[]
  /** Attempts since the first statement, and the number of the one whose answer stated the limits. */
  starts: number
  stated: number
  startedSince: number
}
