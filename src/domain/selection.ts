// Which credential a request gets: the candidates of a provider in the order they would be tried, each with the reason for its place.
import { type ArrangementInput, arrange } from './arrangement.ts'
import { type Candidate, isUsable } from './candidate.ts'
import type { Credential } from './entities.ts'
import { type AgentId, type ProfileId, type ProviderId, providerOf, type SessionId } from './ids.ts'
import { usualOrder } from './usual-order.ts'

/** Which rule of the contract's section 4 set the order. */
export type SelectionBasis =
  | 'request-pin'
  | 'session-pin'
  | 'live-override'
  | 'agent-order'
  | 'config-order'
  | 'default'

/** What a selection is asked for. Null asks for the default agent, for no session, no pin, or the whole credential's cooldowns only. */
export interface SelectionRequest {
  readonly provider: ProviderId
  readonly agent: AgentId | null
  readonly session: SessionId | null
  readonly requestPin: ProfileId | null
  readonly model: string | null
}

/** Of a request without a session, a pin or a model. */
export const plainRequest = { session: null, requestPin: null, model: null } as const

export interface SelectionInput extends Omit<ArrangementInput, 'whyUsable'> {
  readonly provider: ProviderId
  /** The provider's credentials that the agent's request may be sent with, stored and from the environment, in any order. */
  readonly credentials: readonly Credential[]
  /** The provider's others, excluded with their reasons: see eligibility.ts. */
  readonly barred: readonly Candidate[]
  /** The environment's credentials in the order of the contract's section 3. */
  readonly environmentOrder: readonly ProfileId[]
  /** The credential of `TRASEAI_LIVE_<P>_KEY`, when that is set. */
  readonly liveOverride: ProfileId | null
  readonly requestPin: ProfileId | null
  readonly sessionPin: ProfileId | null
  readonly agentOrder: readonly ProfileId[] | null
  readonly configOrder: readonly ProfileId[] | null
}

export interface Selection {
  readonly basis: SelectionBasis
  /** In the order in which they would be tried; unusable ones keep their place, excluded ones come last. */
  readonly candidates: readonly Candidate[]
  /** The first usable one. */
  readonly next: ProfileId | null
}

/**
 * The candidates for a request, by the contract's section 4. A pin, like the live override, is an order of one: what it
 * names is used or nothing is, so that a pinned subscription never turns into a paid key unseen. Ids that no credential
 * has are skipped; a pin nobody has excludes them all.
 *
 * A strategy arranges what the order leaves open, and never puts an API key before a subscription credential that the order puts before
 * it: that would spend money unasked. For the next one alone there is a faster way with the same answer: next-candidate.ts.
 */
export function select(input: SelectionInput): Selection {
  const order = orderOf(input)
  const { basis } = order
  const usual = usualOrder(input)
  const known = new Map(usual.map((credential) => [credential.profileId, credential]))
  const inOrder = [...new Set(order.listed ?? known.keys())].flatMap((profileId) => known.get(profileId) ?? [])
  const { included, heldBack } = arrange({ ...input, whyUsable: usableBecause[basis] }, inOrder)
  const next = included.find(isUsable)?.profileId ?? null
  const chosen = new Set(inOrder)
  const excluded = usual
    .filter((credential) => !chosen.has(credential))
    .map(({ profileId }) => ({ profileId, status: 'excluded' as const, reason: excludedBecause(order), until: null }))
  return { basis, candidates: [...included, ...heldBack, ...excluded, ...input.barred], next }
}

export interface Order {
  readonly basis: SelectionBasis
  /** The only ones used, in this order; null for all of them in the usual order. */
  readonly listed: readonly ProfileId[] | null
}

type OrderInput = Pick<
  SelectionInput,
  'provider' | 'requestPin' | 'sessionPin' | 'liveOverride' | 'agentOrder' | 'configOrder'
>

/** The first rule of section 4 that applies. A session's pin is about its own provider and leaves the others alone. */
export function orderOf(input: OrderInput): Order {
  const { provider, requestPin, sessionPin, liveOverride, agentOrder, configOrder } = input
  if (requestPin !== null) return { basis: 'request-pin', listed: [requestPin] }
  if (sessionPin !== null && providerOf(sessionPin) === provider) return { basis: 'session-pin', listed: [sessionPin] }
  if (liveOverride !== null) return { basis: 'live-override', listed: [liveOverride] }
  if (agentOrder !== null) return { basis: 'agent-order', listed: agentOrder }
  if (configOrder !== null) return { basis: 'config-order', listed: configOrder }
  return { basis: 'default', listed: null }
}

function excludedBecause({ basis, listed }: Order): string | null {
  const first = listed?.[0] ?? ''
  const words = {
    'request-pin': `the request is pinned to ${first}`,
    'session-pin': `the session is pinned to ${first}`,
    'live-override': `${first.slice(first.indexOf(':') + 1)} overrides every other key`,
    'agent-order': 'not in the order set for this agent',
    'config-order': 'not in auth.order of traseai.json',
    default: null,
  } as const satisfies Record<SelectionBasis, string | null>
  return words[basis]
}

const usableBecause = {
  'request-pin': 'pinned by the request',
  'session-pin': 'pinned by the session',
  'live-override': 'overrides every other key',
  'agent-order': null,
  'config-order': null,
  default: null,
} as const satisfies Record<SelectionBasis, string | null>
