// The status report of the running gateway: gathers what the report needs from state, environment and configuration.
import { othersOnly } from '../domain/eligibility.ts'
import { type Credential, entryOf, isStored } from '../domain/entities.ts'
import type { Expectations } from '../domain/expectation.ts'
import { type AgentId, parseProfileId, parseProviderId, type ProfileId } from '../domain/ids.ts'
import { parseModelRef } from '../domain/model-ref.ts'
import { buildStatusReport, type StatusReport } from '../domain/report.ts'
import { plainRequest } from '../domain/selection.ts'
import type { Host } from '../host.ts'
import type { Configuration } from '../sources/configuration-schema.ts'
import { version } from '../version.ts'
import type { Core } from './core.ts'

export interface StatusRequest {
  /** Null asks for the default agent. */
  readonly agent: AgentId | null
  readonly http: string | null
}

export function statusReport(host: Host, core: Core, { http, ...request }: StatusRequest): StatusReport {
  const { value, problems } = core.configuration.current()
  const { credentials } = core.bus.state()
  const view = core.environment.view()
  const agent = request.agent ?? value.agents.default
  return buildStatusReport({
    version,
    pid: host.pid,
    http,
    agent,
    now: host.now(),
    credentials,
    providers: core.providers(),
    expected: expectations(value, (id) => isOthers(credentials, agent, id)),
    expiryWarningMs: value.auth.expiryWarningMs,
    groups: core.candidates.groups(),
    settings: {
      configuration: problems,
      envFile: view.problems,
      profilesFiles: [...core.agentFiles.problems(), ...core.agentFiles.kept()],
    },
    selectionOf: (provider) => core.candidates.select({ provider, agent, ...plainRequest }),
    lastUsedAt: core.memory.lastUsedAt(),
    environment: new Map(view.keys.map((key) => [key.profileId, key])),
    last4: known(credentials, ({ profileId }) => core.candidates.secretOf(profileId)?.last4),
    troubles: known(credentials, ({ profileId, source }) =>
      isStored(source) ? core.stored.troubleOf(profileId) : null,
    ),
  })
}

/** What there is to say of some credentials, by their ids. */
function known<T>(
  credentials: Readonly<Record<string, Credential>>,
  of: (credential: Credential) => T | null | undefined,
): ReadonlyMap<ProfileId, T> {
  return new Map(
    Object.values(credentials).flatMap((credential): [ProfileId, T][] => {
      const value = of(credential)
      return value === null || value === undefined ? [] : [[credential.profileId, value]]
    }),
  )
}

/** What one agent has for itself, another need not have. */
function isOthers(credentials: Readonly<Record<string, Credential>>, agent: AgentId, profileId: string): boolean {
  return othersOnly(entryOf(credentials, profileId)?.agent ?? null, agent) !== null
}

/** What the configuration says should be there, less what is for others. */
function expectations({ models, auth }: Configuration, isForOthers: (profileId: string) => boolean): Expectations {
  const profiles = Object.entries(auth.profiles).filter(([id]) => !isForOthers(id))
  return {
    defaultProvider: models.default === null ? null : parseModelRef(models.default).provider,
    profiles: profiles.map(([id, { provider, kind }]) => ({
      profileId: parseProfileId(id),
      provider,
      kind,
    })),
    ordered: Object.keys(auth.order).map(parseProviderId),
    orderedProfiles: Object.values(auth.order).flat(),
    groupedProfiles: Object.values(auth.quotaGroups).flat(),
  }
}
