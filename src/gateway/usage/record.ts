// What is kept of one finished model request: who asked whom for what, how it ended, what it cost in time and tokens. Never content.
import type { AgentId, ProfileId, ProviderId, SessionId } from '../../domain/ids.ts'
import type { SelectionRequest } from '../../domain/selection.ts'
import type { GatewayErrorCode } from '../gateway-errors.ts'
import { operationOf } from './operation.ts'

/** How a request ended, for its client. */
export const requestOutcomes = ['ok', 'rate_limited', 'refused', 'failed', 'client_left', 'provider_error'] as const
export type RequestOutcome = (typeof requestOutcomes)[number]

/** As the provider counted them; `input` includes what came from its cache. */
export interface TokenCounts {
  readonly input: number
  readonly output: number
  /** Of the input: read from the provider's cache. */
  readonly cachedInput?: number
  /** Of the output: thinking that the client does not see. */
  readonly reasoning?: number
}

/** One finished request. Times are milliseconds on the monotonic clock's scale, `at` alone is since the epoch. */
export interface UsageRecord {
  /** When the request ended. */
  readonly at: number
  /** Null when it named no provider that is known. */
  readonly provider: ProviderId | null
  readonly model: string | null
  /** The credential of the last attempt; null when none was tried. */
  readonly profileId: ProfileId | null
  readonly agent: AgentId | null
  readonly session: SessionId | null
  /** The name of the client's token; null when it had none that is valid. */
  readonly client: string | null
  /** OpenTelemetry's name of what was asked for, such as `chat`; null for anything else. */
  readonly operation: string | null
  /** What the client got; 0 when it left before. */
  readonly status: number
  readonly outcome: RequestOutcome
  /** Why the gateway itself refused it; null for what a provider answered. */
  readonly code: GatewayErrorCode | null
  readonly attempts: number
  readonly durationMs: number
  /** From the request to the first content; null when there was none. */
  readonly ttftMs: number | null
  /** Spent waiting for a credential to be usable again. */
  readonly waitedMs: number
  /** Null when the provider did not say, or said it in a way that was not understood. */
  readonly tokens: TokenCounts | null
}

/**
 * What is learnt of a request on its way, put down by whoever learns it; the record of its end is made of it. One object a request, so
 * that nobody has to hand the parts around.
 */
export interface RecordDraft {
  provider: ProviderId | null
  model: string | null
  agent: AgentId | null
  session: SessionId | null
  client: string | null
  /** Path and query at the provider. */
  path: string | null
  /** Of the newest attempt. */
  profileId: ProfileId | null
  attempts: number
  waitedMs: number
}

export function newDraft(): RecordDraft {
  return {
    provider: null,
    model: null,
    agent: null,
    session: null,
    client: null,
    path: null,
    profileId: null,
    attempts: 0,
    waitedMs: 0,
  }
}

/** Puts down what is asked for, once it is known; `path` is the one at the provider. */
export function noteAsked(
  draft: RecordDraft,
  { provider, model, agent, session }: SelectionRequest,
  path: string,
): void {
  draft.provider = provider
  draft.model = model
  draft.agent = agent
  draft.session = session
  draft.path = path
}

/** The record of a request that ended. */
export function recordOf(draft: RecordDraft, end: RequestEnd, tokens: TokenCounts | null): UsageRecord {
  const { provider, model, profileId, agent, session, client, attempts, waitedMs } = draft
  const { at, status, outcome, code, durationMs, ttftMs } = end
  return {
    at,
    provider,
    model,
    profileId,
    agent,
    session,
    client,
    operation: draft.path === null ? null : operationOf(draft.path),
    status,
    outcome,
    code,
    attempts,
    durationMs,
    ttftMs,
    waitedMs,
    tokens,
  }
}

/** What is known only in the end. */
export type RequestEnd = Pick<UsageRecord, 'at' | 'status' | 'outcome' | 'code' | 'durationMs' | 'ttftMs'>
