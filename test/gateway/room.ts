// The gateway's room for tests: the real HTTP side over the real domain and a real provider server, with the log left out and the clock in hand.
import { openCandidates } from '../../src/daemon/candidates.ts'
import { recordAttempt } from '../../src/daemon/attempt-outcomes.ts'
import { openQuotaNotes } from '../../src/daemon/quota-notes.ts'
import { openRequestMemory } from '../../src/daemon/request-memory.ts'
import type { AttemptOutcome } from '../../src/domain/attempt.ts'
import type { Command } from '../../src/domain/command.ts'
import { decide, streamOf } from '../../src/domain/decide.ts'
import { environmentKeys } from '../../src/domain/env-keys.ts'
import type { DomainEvent } from '../../src/domain/events.ts'
import type { CredentialKind } from '../../src/domain/events.ts'
import { parseProfileId, parseProviderId, providerOf, type AgentId, type ProfileId } from '../../src/domain/ids.ts'
import { builtInProviders, mergeProviders } from '../../src/domain/provider-table.ts'
import type { Provider } from '../../src/domain/provider.ts'
import { plainRequest } from '../../src/domain/selection.ts'
import { evolve, initialState, type State } from '../../src/domain/state.ts'
import type { GatewayDeps, GatewaySettings } from '../../src/gateway/deps.ts'
import { type HttpGateway, openHttpGateway } from '../../src/gateway/http-gateway.ts'
import type { UsageRecord } from '../../src/gateway/usage/record.ts'
import { type ListTarget, openModelLists } from '../../src/gateway/questions/model-lists.ts'
import type { Host } from '../../src/host.ts'
import { defaultConfiguration, type Configuration } from '../../src/sources/configuration-schema.ts'
import type { EnvironmentView } from '../../src/sources/environment-view.ts'
import { Secret } from '../../src/vault/secret.ts'
import { clientTokenHash } from '../../src/vault/client-token-hash.ts'
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts'
import { type Clock, openWorld } from './world.ts'

export const token = 'trase-test-0123456789abcdef'

export interface Room {
  readonly gateway: HttpGateway
  readonly url: string
  readonly provider: ProviderServer
  readonly clock: Clock
  readonly recorded: readonly AttemptOutcome[]
  /** One for each finished request. */
  readonly ended: readonly UsageRecord[]
  readonly log: readonly string[]
  /** Everything that was decided since this process began. */
  readonly events: readonly DomainEvent[]
  state(): State
  execute(command: Command): void
  /** The same home in a new process, with these variables: the state stays, what was only in memory is gone. */
  restart(env?: RoomOptions['env']): Promise<Room>
  close(): Promise<void>
}

export interface RoomOptions {
  /** Variables as in `.env`. */
  readonly env?: Readonly<Record<string, string>>
  readonly settings?: Partial<GatewaySettings>
  readonly order?: Configuration['auth']['order']
  /** Strategies, groups and the like. */
  readonly auth?: Partial<Configuration['auth']>
  /** Stored credentials by id: their kind and secret. */
  readonly stored?: Readonly<Record<string, readonly [kind: CredentialKind, secret: string]>>
  readonly models?: Partial<Pick<Configuration['models'], 'default' | 'aliases'>>
  /** Providers whose address is not the local server's. */
  readonly baseUrls?: Readonly<Record<string, string>>
  /** Path behind the local server's address. */
  readonly basePath?: string
  /** Real time instead of a clock in hand. */
  readonly realTime?: boolean
}

export async function openRoom(options: RoomOptions = {}): Promise<Room> {
  const provider = await openProviderServer()
  return enterRoom(options, { ...openWorld(options.realTime ?? false), provider, state: initialState })
}

/** What outlives a process: the world around it and what it has written. */
type Around = ReturnType<typeof openWorld> & { readonly provider: ProviderServer; readonly state: State }

async function enterRoom(options: RoomOptions, around: Around): Promise<Room> {
  const { provider, clock, host, log } = around
  const configuration = configured(options, provider.url)
  const providers = mergeProviders(builtInProviders, configuration.models.providers)
  const environment = environmentOf(options.env ?? {}, providers)
  const domain = openDomain(host, environment, configuration, options.stored ?? {}, around.state)
  const ended: UsageRecord[] = []
  const gateway = await openHttpGateway(depsOf({ host, configuration, providers, domain, ended }))
  return {
    gateway,
    url: gateway.address().url,
    provider,
    clock,
    recorded: domain.recorded,
    events: domain.events,
    ended,
    log,
    state: domain.state,
    execute: domain.execute,
    async restart(env = options.env) {
      await gateway.close()
      return enterRoom({ ...options, ...(env ? { env } : {}) }, { ...around, state: domain.state() })
    },
    async close() {
      await provider.close()
      await gateway.close()
    },
  }
}

export function configured(
  { settings = {}, order = {}, auth = {}, models = {}, baseUrls = {}, basePath = '' }: RoomOptions,
  local: string,
): Configuration {
  const base = defaultConfiguration()
  const names = ['anthropic', 'openai', 'google', 'groq']
  const addresses = { ...Object.fromEntries(names.map((name) => [name, `${local}${basePath}`])), ...baseUrls }
  return {
    ...base,
    models: {
      ...base.models,
      ...models,
      providers: Object.fromEntries(Object.entries(addresses).map(([name, baseUrl]) => [name, { baseUrl }])),
    },
    auth: { ...base.auth, order, ...auth },
    gateway: { ...base.gateway, port: 0, ...settings },
  }
}

export function environmentOf(env: Readonly<Record<string, string>>, providers: readonly Provider[]): EnvironmentView {
  const key = Buffer.from('the installation key of a test')
  const variables = new Map(Object.entries(env).map(([name, value]) => [name, new Secret(value)]))
  const keys = environmentKeys([{ kind: 'env-file', variables }], providers, {
    isBlank: (secret) => secret.reveal().trim() === '',
    trim: (secret) => new Secret(secret.reveal().trim()),
    split: (secret) =>
      secret
        .reveal()
        .split(/[\s,;]+/)
        .filter((part) => part !== '')
        .map((part) => new Secret(part)),
    fingerprint: (secret) => secret.fingerprint(key),
  })
  return { keys, ok: true, unread: [], problems: [] }
}

interface Domain {
  readonly recorded: AttemptOutcome[]
  readonly events: DomainEvent[]
  readonly state: () => State
  readonly execute: (command: Command) => void
  readonly record: (outcome: AttemptOutcome) => void
  readonly candidates: ReturnType<typeof openCandidates>
  readonly memory: ReturnType<typeof openRequestMemory>
  readonly notes: ReturnType<typeof openQuotaNotes>
}

/** The real deciders and fold; events live in memory only. */
export function openDomain(
  host: Host,
  environment: EnvironmentView,
  configuration: Configuration,
  stored: NonNullable<RoomOptions['stored']>,
  before: State,
): Domain {
  let state = before
  const recorded: AttemptOutcome[] = []
  const events: DomainEvent[] = []
  const versions = new Map<string, number>()
  const execute = (command: Command): void => {
    const stream = streamOf(command)
    for (const event of decide(state, command, host.now())) {
      const version = (versions.get(stream) ?? 0) + 1
      versions.set(stream, version)
      events.push(event)
      state = evolve(state, { ...event, stream, version, at: host.now() })
    }
  }
  for (const { profileId, provider, fingerprint, place } of environment.keys) {
    if (state.credentials[profileId]?.fingerprint === fingerprint) continue
    execute({
      type: 'AddCredential',
      profileId,
      provider,
      kind: 'api_key',
      source: place,
      fingerprint,
      expiresAt: null,
      agent: null,
    })
  }
  const secrets = new Map<string, Secret>()
  for (const [id, [kind, text]] of Object.entries(stored)) {
    const profileId = parseProfileId(id)
    const secret = new Secret(text)
    secrets.set(id, secret)
    execute({
      type: 'AddCredential',
      profileId,
      provider: providerOf(profileId),
      kind,
      source: { kind: 'vault', name: id },
      fingerprint: secret.fingerprint(Buffer.from('the installation key of a test')),
      expiresAt: null,
      agent: null,
    })
  }
  const memory = openRequestMemory([])
  const bus = { state: () => state, record: execute } as unknown as Parameters<typeof recordAttempt>[0]['bus'] // all that outcomes use of it
  const candidates = openCandidates({
    now: () => host.now(),
    state: () => state,
    environment: () => environment,
    stored: { secretOf: (profileId) => secrets.get(profileId), whyMissing: () => null, version: () => 0 },
    configuration: () => configuration,
    memory,
  })
  const outcomes = { bus, memory, candidates, configuration: () => configuration, now: () => host.now() }
  const record = (outcome: AttemptOutcome): void => {
    recorded.push(outcome)
    recordAttempt(outcomes, outcome)
  }
  return { recorded, events, state: () => state, execute, record, candidates, memory, notes: openQuotaNotes(outcomes) }
}

interface World {
  readonly host: Host
  readonly configuration: Configuration
  readonly providers: readonly Provider[]
  readonly domain: Domain
  readonly ended: UsageRecord[]
}

export function depsOf({ host, configuration, providers, domain, ended }: World): GatewayDeps {
  const tokenHash = clientTokenHash(token)
  return {
    host,
    version: '0.0.0-test',
    settings: () => configuration.gateway,
    provider: (id) => providers.find((provider) => provider.id === id),
    providers: () => providers,
    models: () => configuration.models,
    pinOf: (session) => domain.state().pins[session],
    listTargets: (agent) => listTargets(providers, domain, agent),
    lists: openModelLists({
      host,
      upstreamSettings: () => configuration.gateway.upstream,
      secretOf: (profileId) => domain.candidates.secretOf(profileId),
    }),
    clientOf: (hash) => (hash === tokenHash ? 'test' : undefined),
    select: (request, tried) => domain.candidates.select(request, tried),
    next: (request, tried, isBusy) => domain.candidates.next(request, tried, isBusy),
    ...domain.notes,
    secretOf: (profileId) => domain.candidates.secretOf(profileId),
    isProfile: (provider, id): id is ProfileId => domain.state().credentials[id]?.provider === provider,
    record: domain.record,
    rememberSession: (session, provider, profileId) => domain.memory.rememberSession(session, provider, profileId),
    requestEnded: (record) => void ended.push(record),
    readings: () => ({
      version: '0.0.0-test',
      startedAt: 0,
      credentials: [{ provider: 'anthropic', status: 'ready', count: 1 }],
      logPosition: 1,
      logLinesLost: 0,
      resources: host.resources(),
    }),
    notReady: () => null,
  }
}

/** The providers with a usable credential, and the one that would be used next. */
function listTargets(providers: readonly Provider[], domain: Domain, agent: AgentId | null): ListTarget[] {
  return providers.flatMap((provider) => {
    const { next } = domain.candidates.select({ provider: provider.id, agent, ...plainRequest })
    const credential = next === null ? undefined : domain.state().credentials[next]
    return credential ? [{ provider, profileId: credential.profileId, fingerprint: credential.fingerprint }] : []
  })
}

/** Sets an agent's order. */
export function setOrder(room: Room, agent: string, provider: string, profileIds: readonly string[]): void {
  room.execute({
    type: 'SetOrder',
    agent: agent as AgentId,
    provider: parseProviderId(provider),
    profileIds: profileIds as ProfileId[],
  })
}
