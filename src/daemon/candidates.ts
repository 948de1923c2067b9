// Answers "which credential?" from memory: the state, the secrets at hand and what requests taught us, put together for selection.
import { eligible } from '../domain/eligibility.ts'
import { environmentOrder, liveOverrideOf } from '../domain/env-keys.ts'
import { type AgentOrder, entryOf, isStored } from '../domain/entities.ts'
import type { AgentId, ProfileId, ProviderId } from '../domain/ids.ts'
import { orderKey } from '../domain/order.ts'
import { select, type Selection, type SelectionInput, type SelectionRequest } from '../domain/selection.ts'
import type { State } from '../domain/state.ts'
import type { Configuration } from '../sources/configuration-schema.ts'
import type { EnvironmentView } from '../sources/environment-view.ts'
import type { Secret } from '../vault/secret.ts'
import type { RequestMemory } from './request-memory.ts'
import type { StoredSecrets } from './stored-secrets.ts'

export interface CandidatesDeps {
  now(): number
  state(): State
  environment(): EnvironmentView
  readonly stored: Pick<StoredSecrets, 'secretOf' | 'whyMissing' | 'version'>
  configuration(): Configuration
  readonly memory: RequestMemory
}

export interface Candidates {
  select(request: SelectionRequest): Selection
  secretOf(profileId: ProfileId): Secret | undefined
  /** The order set for an agent, else the default agent's (null asks for that); null when neither has one. */
  agentOrder(agent: AgentId | null, provider: ProviderId): AgentOrder | null
}

/** What a provider has for an agent, put together once for many requests. */
type Stock = Pick<SelectionInput, 'credentials' | 'barred' | 'environmentOrder' | 'liveOverride'>

export function openCandidates(deps: CandidatesDeps): Candidates {
  const index = openIndex(deps)

  function agentOrder(agent: AgentId | null, provider: ProviderId): AgentOrder | null {
    const { orders } = deps.state()
    const fallback = deps.configuration().agents.default
    return orders[orderKey(agent ?? fallback, provider)] ?? orders[orderKey(fallback, provider)] ?? null
  }

  function choose(request: SelectionRequest): Selection {
    const { provider, agent, session, requestPin, model } = request
    const configuration = deps.configuration()
    const pin = session ? entryOf(deps.state().pins, session) : undefined
    return select({
      ...index().stockOf(provider, agent ?? configuration.agents.default),
      provider,
      now: deps.now(),
      requestPin,
      sessionPin: pin?.profileId ?? null,
      agentOrder: agentOrder(agent, provider)?.profileIds ?? null,
      configOrder: configuration.auth.order[provider] ?? null,
      sessionLast: session ? deps.memory.sessionLast(session, provider) : null,
      lastUsedAt: deps.memory.lastUsedAt(),
      model,
      expiryWarningMs: configuration.auth.expiryWarningMs,
    })
  }

  return {
    select: choose,
    secretOf: (profileId) => deps.stored.secretOf(profileId) ?? index().keys.get(profileId),
    agentOrder,
  }
}

interface Index {
  readonly keys: ReadonlyMap<string, Secret>
  stockOf(provider: ProviderId, agent: AgentId): Stock
}

/** Made anew only when a credential, a secret or the environment changed: a request must not pay for the others' keys. */
function openIndex({
  state,
  environment,
  stored,
}: Pick<CandidatesDeps, 'state' | 'environment' | 'stored'>): () => Index {
  let credentials: State['credentials'] | null = null
  let view: EnvironmentView | null = null
  let version = -1
  let index: Index | null = null
  return () => {
    if (index && credentials === state().credentials && view === environment() && version === stored.version()) {
      return index
    }
    credentials = state().credentials
    view = environment()
    version = stored.version()
    return (index = makeIndex(credentials, view, stored))
  }
}

function makeIndex(
  credentials: State['credentials'],
  view: EnvironmentView,
  { whyMissing }: CandidatesDeps['stored'],
): Index {
  const keys = new Map(view.keys.map(({ profileId, secret }) => [profileId, secret]))
  const all = Object.values(credentials)
  const owners = new Set(all.flatMap(({ provider, agent }) => (agent === null ? [] : [`${provider} ${agent}`])))
  const stocks = new Map<string, Stock>()
  const makeStock = (provider: ProviderId, agent: AgentId): Stock => {
    // One whose variable is gone is about to be removed; there is nothing to send with it.
    const there = all.filter(
      (credential) =>
        credential.provider === provider && (isStored(credential.source) || keys.has(credential.profileId)),
    )
    return {
      ...eligible(there, agent, whyMissing),
      environmentOrder: environmentOrder(view.keys, provider),
      liveOverride: liveOverrideOf(view.keys, provider),
    }
  }
  return {
    keys,
    stockOf(provider, agent) {
      // Agents without a credential of their own share one stock: a client may name any number of agents.
      const owner = `${provider} ${agent}`
      const key = owners.has(owner) ? owner : provider
      const stock = stocks.get(key) ?? makeStock(provider, agent)
      stocks.set(key, stock)
      return stock
    },
  }
}
