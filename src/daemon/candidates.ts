// Answers "which credential?" from memory: the state, the environment's secrets and what requests taught us, put together for selection.
import { environmentOrder, liveOverrideOf, type EnvironmentKey } from '../domain/env-keys.ts'
import type { AgentId, ProfileId, ProviderId } from '../domain/ids.ts'
import { orderKey } from '../domain/order.ts'
import { select, type Selection, type SelectionRequest } from '../domain/selection.ts'
import type { State } from '../domain/state.ts'
import type { Configuration } from '../sources/configuration-schema.ts'
import type { EnvironmentView } from '../sources/environment-view.ts'
import type { Secret } from '../vault/secret.ts'
import type { RequestMemory } from './request-memory.ts'

export interface CandidatesDeps {
  now(): number
  state(): State
  environment(): EnvironmentView
  configuration(): Configuration
  readonly memory: RequestMemory
}

export interface Candidates {
  select(request: SelectionRequest): Selection
  secretOf(profileId: ProfileId): Secret | undefined
  /** The order set for an agent, else the default agent's (null asks for that); null when neither has one. */
  agentOrder(agent: AgentId | null, provider: ProviderId): readonly ProfileId[] | null
}

export function openCandidates(deps: CandidatesDeps): Candidates {
  let indexed: EnvironmentView | null = null
  let keys: ReadonlyMap<string, EnvironmentKey<Secret>> = new Map()

  /** Rebuilt only when the environment changed: a request must not pay for it. */
  function index(): ReadonlyMap<string, EnvironmentKey<Secret>> {
    const view = deps.environment()
    if (view !== indexed) {
      indexed = view
      keys = new Map(view.keys.map((key) => [key.profileId, key]))
    }
    return keys
  }

  function agentOrder(agent: AgentId | null, provider: ProviderId): readonly ProfileId[] | null {
    const { orders } = deps.state()
    const fallback = deps.configuration().agents.default
    const order = orders[orderKey(agent ?? fallback, provider)] ?? orders[orderKey(fallback, provider)]
    return order?.profileIds ?? null
  }

  function choose(request: SelectionRequest): Selection {
    const { provider, agent, session, requestPin, model } = request
    const state = deps.state()
    const known = index()
    const configuration = deps.configuration()
    const view = deps.environment()
    const pin = session ? state.pins[session] : undefined
    return select({
      provider,
      now: deps.now(),
      credentials: Object.values(state.credentials).filter(
        (credential) => credential.provider === provider && known.has(credential.profileId),
      ),
      environmentOrder: environmentOrder(view.keys, provider),
      liveOverride: liveOverrideOf(view.keys, provider),
      requestPin,
      sessionPin: pin?.profileId ?? null,
      agentOrder: agentOrder(agent, provider),
      configOrder: configuration.auth.order[provider] ?? null,
      sessionLast: session ? deps.memory.sessionLast(session, provider) : null,
      lastUsedAt: deps.memory.lastUsedAt(),
      model,
      expiryWarningMs: configuration.auth.expiryWarningMs,
    })
  }

  return {
    select: choose,
    secretOf: (profileId) => index().get(profileId)?.secret,
    agentOrder,
  }
}
