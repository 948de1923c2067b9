// Answers "which credential?" from memory: the state, the environment's secrets and what requests taught us, put together for selection.
import { environmentOrder, liveOverrideOf, type EnvironmentKey } from '../domain/env-keys.ts'
import { type Credential, entryOf } from '../domain/entities.ts'
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

/** What a provider has, put together once for many requests. */
interface Stock {
  readonly credentials: readonly Credential[]
  readonly environmentOrder: readonly ProfileId[]
  readonly liveOverride: ProfileId | null
}

export function openCandidates(deps: CandidatesDeps): Candidates {
  const index = openIndex(deps)

  function agentOrder(agent: AgentId | null, provider: ProviderId): readonly ProfileId[] | null {
    const { orders } = deps.state()
    const fallback = deps.configuration().agents.default
    const order = orders[orderKey(agent ?? fallback, provider)] ?? orders[orderKey(fallback, provider)]
    return order?.profileIds ?? null
  }

  function choose(request: SelectionRequest): Selection {
    const { provider, agent, session, requestPin, model } = request
    const configuration = deps.configuration()
    const pin = session ? entryOf(deps.state().pins, session) : undefined
    return select({
      ...index().stockOf(provider),
      provider,
      now: deps.now(),
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
    secretOf: (profileId) => index().keys.get(profileId)?.secret,
    agentOrder,
  }
}

interface Index {
  readonly keys: ReadonlyMap<string, EnvironmentKey<Secret>>
  stockOf(provider: ProviderId): Stock
}

/** Made anew only when a credential or the environment changed: a request must not pay for the others' keys. */
function openIndex({ state, environment }: Pick<CandidatesDeps, 'state' | 'environment'>): () => Index {
  let from: { readonly credentials: State['credentials']; readonly view: EnvironmentView } | null = null
  let index: Index | null = null
  return () => {
    const { credentials } = state()
    const view = environment()
    if (!index || from?.credentials !== credentials || from.view !== view) {
      from = { credentials, view }
      index = makeIndex(credentials, view)
    }
    return index
  }
}

function makeIndex(credentials: State['credentials'], view: EnvironmentView): Index {
  const keys = new Map(view.keys.map((key) => [key.profileId, key]))
  const stocks = new Map<ProviderId, Stock>()
  const makeStock = (provider: ProviderId): Stock => ({
    // One whose variable is gone is about to be removed; there is nothing to send with it.
    credentials: Object.values(credentials).filter((each) => each.provider === provider && keys.has(each.profileId)),
    environmentOrder: environmentOrder(view.keys, provider),
    liveOverride: liveOverrideOf(view.keys, provider),
  })
  return {
    keys,
    stockOf(provider) {
      const stock = stocks.get(provider) ?? makeStock(provider)
      stocks.set(provider, stock)
      return stock
    },
  }
}
