// What the HTTP gateway gets of the daemon: answers from memory, and a way to say what an attempt taught.
import { entryOf } from '../domain/entities.ts'
import type { ProfileId } from '../domain/ids.ts'
import type { Provider } from '../domain/provider.ts'
import type { GatewayDeps } from '../gateway/deps.ts'
import type { ModelLists } from '../gateway/questions/model-lists.ts'
import type { Host } from '../host.ts'
import { version } from '../version.ts'
import { outcomeDeps, recordAttempt } from './attempt-outcomes.ts'
import type { Core } from './core.ts'
import { listTargets } from './list-models.ts'
import { openQuotaNotes } from './quota-notes.ts'
import type { RequestRecords } from './request-records.ts'
import { openReadings } from './readings.ts'

export interface GatewayParts {
  readonly lists: ModelLists
  readonly records: RequestRecords
  isReady(): boolean
}

export function gatewayDeps(host: Host, core: Core, { lists, records, isReady }: GatewayParts): GatewayDeps {
  const { bus, memory, candidates, configuration } = core
  const outcomes = outcomeDeps(host, core)
  return {
    host,
    version,
    settings: () => configuration.current().value.gateway,
    provider: openProviderIndex(core.providers),
    providers: () => core.providers(),
    models: () => configuration.current().value.models,
    pinOf: (session) => entryOf(bus.state().pins, session),
    listTargets: (agent) => listTargets(core, agent),
    lists,
    clientOf: (tokenHash) => core.clientOf(tokenHash),
    select: (request, tried) => candidates.select(request, tried),
    next: (request, tried, isBusy) => candidates.next(request, tried, isBusy),
    ...openQuotaNotes(outcomes),
    secretOf: (profileId) => candidates.secretOf(profileId),
    isProfile: (provider, profileId): profileId is ProfileId =>
      entryOf(bus.state().credentials, profileId)?.provider === provider,
    record: (outcome) => recordAttempt(outcomes, outcome),
    rememberSession: (session, provider, profileId) => memory.rememberSession(session, provider, profileId),
    requestEnded: (record) => records.ended(record),
    readings: openReadings(host, core, () => records.linesLost()),
    notReady: () => (isReady() ? bus.failure() : 'the gateway is starting'),
  }
}

/** Finds a provider without a walk over the table, which is indexed anew only when the configuration changed it. */
function openProviderIndex(providers: () => readonly Provider[]): (id: string) => Provider | undefined {
  let indexed: readonly Provider[] | null = null
  let byId: ReadonlyMap<string, Provider> = new Map()
  return (id) => {
    const now = providers()
    if (now !== indexed) {
      indexed = now
      byId = new Map(now.map((provider) => [provider.id, provider]))
    }
    return byId.get(id)
  }
}
