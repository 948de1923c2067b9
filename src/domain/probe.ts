// What a probe found out about a credential.
import type { AnswerClass } from './rate-limit.ts'

/**
 * `unsupported`: nothing was learnt, since the provider has no free endpoint that looks at the credential, or not for
 * this one. `failed`: the provider answered with an error of its own, or there was no secret to send.
 */
export const probeOutcomes = [
  'ok',
  'unauthorized',
  'rate_limited',
  'billing',
  'restricted',
  'timeout',
  'unreachable',
  'unsupported',
  'failed',
] as const
export type ProbeOutcome = (typeof probeOutcomes)[number]

export interface Probe {
  readonly outcome: ProbeOutcome
  /** HTTP status, when there was an answer. */
  readonly status?: number
  /** From the request to the head of the answer, or to giving up. */
  readonly latencyMs?: number
  /** Why it is not `ok`: never the provider's own sentence, which may repeat the key. */
  readonly message?: string
}

/** What the answer of a free endpoint says of the credential. */
export function probeOutcome(answerClass: AnswerClass, status: number): ProbeOutcome {
  if (answerClass !== 'other') return answerClass
  return cannotSay.has(status) ? 'unsupported' : 'failed'
}

/** There is no such endpoint, or it is not for this credential, which the provider did know. */
const cannotSay: ReadonlySet<number> = new Set([401, 403, 404, 405, 501])
