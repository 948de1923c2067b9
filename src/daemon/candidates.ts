// Answers "which credential?" from memory: the state, the secrets at hand and what requests taught us, put together for selection.
import { eligible } from '../domain/eligibility.ts'
import { environmentOrder, liveOverrideOf } from '../domain/env-keys.ts'
import { type AgentOrder, type Credential, entryOf, isStored } from '../domain/entities.ts'
import type { AgentId, ProfileId, ProviderId } from '../domain/ids.ts'
import { type Choice, makeRoster, nextCandidate, type Roster } from '../domain/next-candidate.ts'
import { orderKey } from '../domain/order.ts'
import { quotaGroups, type SharedLimit, sharedLimits } from '../domain/quota-group.ts'
import { orderOf, select, type Selection, type SelectionInput, type SelectionRequest } from '../domain/selection.ts'
import type { Trial } from '../domain/standing.ts'
import type { State } from '../domain/state.ts'
import { steadyOrder } from '../domain/usual-order.ts'
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
  /** All candidates; `tried` are those that the request has been refused with already. */
  select(request: SelectionRequest, tried?: ReadonlySet<ProfileId>): Selection
  /**
   * The first candidate of `select` that is usable, not yet tried and not on trial by another request; without looking at the others
   * where that can be helped.
   */
  next(request: SelectionRequest, tried: ReadonlySet<ProfileId>, isBusy: (trial: Trial) => boolean): Choice | null
  secretOf(profileId: ProfileId): Secret | undefined
  /** The order set for an agent, else the default agent's (null asks for that); null when neither has one. */
  agentOrder(agent: AgentId | null, provider: ProviderId): AgentOrder | null
  /** Whom a credential shares its limit with; null when with nobody. */
  groupOf(profileId: ProfileId): SharedLimit | null
  groups(): ReadonlyMap<ProfileId, SharedLimit>
}

/** What a provider has for an agent, put together once for many requests. */
interface Stock extends Pick<
  SelectionInput,
  'credentials' | 'barred' | 'environmentOrder' | 'liveOverride' | 'configOrder' | 'strategy'
> {
  /** Null is the usual order. Asked for again with the very same array it is the very same one. */
  rosterOf(listed: readonly ProfileId[] | null): Roster
  /** Of one credential alone. */
  rosterOfOne(profileId: ProfileId): Roster
}

const nothingTried: ReadonlySet<ProfileId> = new Set()

export function openCandidates(deps: CandidatesDeps): Candidates {
  const index = openIndex(deps)

  function agentOrder(agent: AgentId | null, provider: ProviderId): AgentOrder | null {
    const { orders } = deps.state()
    const fallback = deps.configuration().agents.default
    return orders[orderKey(agent ?? fallback, provider)] ?? orders[orderKey(fallback, provider)] ?? null
  }

  function stockFor({ provider, agent }: SelectionRequest): Stock {
    return index().stockOf(provider, agent ?? deps.configuration().agents.default)
  }

  /** What sets the order of a request. */
  function orderInput(request: SelectionRequest, stock: Stock): Parameters<typeof orderOf>[0] {
    const { provider, agent, session, requestPin } = request
    const pin = session === null ? undefined : entryOf(deps.state().pins, session)
    return {
      provider,
      requestPin,
      sessionPin: pin?.profileId ?? null,
      liveOverride: stock.liveOverride,
      agentOrder: agentOrder(agent, provider)?.profileIds ?? null,
      configOrder: stock.configOrder,
    }
  }

  function lastOf({ session, provider }: SelectionRequest): ProfileId | null {
    return session === null ? null : deps.memory.sessionLast(session, provider)
  }

  return {
    select(request, tried = nothingTried) {
      const stock = stockFor(request)
      const { expiryWarningMs, allowPaidFallback } = deps.configuration().auth
      return select({
        ...stock,
        ...orderInput(request, stock),
        now: deps.now(),
        sessionLast: lastOf(request),
        facts: deps.memory,
        groups: index().groups,
        model: request.model,
        expiryWarningMs,
        allowPaidFallback,
        tried,
      })
    },
    next(request, tried, isBusy) {
      const stock = stockFor(request)
      const { basis, listed } = orderOf(orderInput(request, stock))
      const one = basis === 'request-pin' || basis === 'session-pin' || basis === 'live-override' ? listed?.[0] : null
      const { expiryWarningMs, allowPaidFallback } = deps.configuration().auth
      return nextCandidate(one ? stock.rosterOfOne(one) : stock.rosterOf(listed), {
        now: deps.now(),
        model: request.model,
        strategy: stock.strategy,
        sessionLast: lastOf(request),
        allowPaidFallback,
        expiryWarningMs,
        tried,
        isBusy,
      })
    },
    secretOf: (profileId) => deps.stored.secretOf(profileId) ?? index().keys.get(profileId),
    agentOrder,
    groupOf: (profileId) => index().groups.get(profileId) ?? null,
    groups: () => index().groups,
  }
}

interface Index {
  readonly keys: ReadonlyMap<string, Secret>
  readonly groups: ReadonlyMap<ProfileId, SharedLimit>
  stockOf(provider: ProviderId, agent: AgentId): Stock
}

/** Made anew only when a credential, a secret, the environment or the configuration changed: a request must not pay for the others' keys. */
function openIndex({ state, environment, stored, configuration, memory }: CandidatesDeps): () => Index {
  let credentials: State['credentials'] | null = null
  let view: EnvironmentView | null = null
  let version = -1
  let settings: Configuration | null = null
  let index: Index | null = null
  return () => {
    if (
      index &&
      credentials === state().credentials &&
      view === environment() &&
      version === stored.version() &&
      settings === configuration()
    ) {
      return index
    }
    credentials = state().credentials
    view = environment()
    version = stored.version()
    settings = configuration()
    return (index = makeIndex(credentials, view, settings, { stored, memory }))
  }
}

function makeIndex(
  credentials: State['credentials'],
  view: EnvironmentView,
  { auth }: Configuration,
  { stored, memory }: Pick<CandidatesDeps, 'stored' | 'memory'>,
): Index {
  const keys = new Map(view.keys.map(({ profileId, secret }) => [profileId, secret]))
  const all = Object.values(credentials)
  const owners = new Set(all.flatMap(({ provider, agent }) => (agent === null ? [] : [`${provider} ${agent}`])))
  const stocks = new Map<string, Stock>()
  const groups = sharedLimits(quotaGroups(auth.quotaGroups), credentials)
  const makeStock = (provider: ProviderId, agent: AgentId): Stock => {
    // One whose variable is gone is about to be removed; there is nothing to send with it.
    const there = all.filter(
      (credential) =>
        credential.provider === provider && (isStored(credential.source) || keys.has(credential.profileId)),
    )
    const able = eligible(there, agent, stored.whyMissing)
    const order = environmentOrder(view.keys, provider)
    return {
      ...able,
      environmentOrder: order,
      liveOverride: liveOverrideOf(view.keys, provider),
      configOrder: entryOf(auth.order, provider) ?? null,
      strategy: entryOf(auth.strategies, provider) ?? 'ordered',
      ...rostersOf({ credentials: able.credentials, environmentOrder: order }, (each, isUsual) =>
        makeRoster(each, isUsual, memory, groups),
      ),
    }
  }
  return {
    keys,
    groups,
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

/** Each order is prepared when it is asked for first, and kept for as long as it is in force. */
function rostersOf(
  stock: Pick<Stock, 'credentials' | 'environmentOrder'>,
  make: (order: readonly Credential[], isUsual: boolean) => Roster,
): Pick<Stock, 'rosterOf' | 'rosterOfOne'> {
  const known = new Map(stock.credentials.map((credential) => [credential.profileId, credential]))
  const listedRosters = new WeakMap<readonly ProfileId[], Roster>()
  const single = new Map<ProfileId, Roster>()
  const none = make([], false)
  let usual: Roster | null = null
  return {
    rosterOf(listed) {
      if (listed === null) return (usual ??= make(steadyOrder(stock), true))
      const kept = listedRosters.get(listed)
      if (kept) return kept
      const order = [...new Set(listed)].flatMap((profileId) => known.get(profileId) ?? [])
      const roster = make(order, false)
      listedRosters.set(listed, roster)
      return roster
    },
    rosterOfOne(profileId) {
      const kept = single.get(profileId)
      if (kept) return kept
      const credential = known.get(profileId)
      if (!credential) return none
      const roster = make([credential], false)
      single.set(profileId, roster)
      return roster
    },
  }
}
