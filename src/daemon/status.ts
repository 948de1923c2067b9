// The status report of the running gateway: gathers what the report needs from state, environment and configuration.
import type { Expectations } from '../domain/expectation.ts'
import { type AgentId, parseProfileId, parseProviderId, type ProfileId } from '../domain/ids.ts'
import { parseModelRef } from '../domain/model-ref.ts'
import { buildStatusReport, type StatusReport } from '../domain/report.ts'
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
  const view = core.environment.view()
  const agent = request.agent ?? value.agents.default
  return buildStatusReport({
    version,
    pid: host.pid,
    http,
    agent,
    now: host.now(),
    envFile: host.paths.envFile,
    credentials: core.bus.state().credentials,
    providers: core.providers(),
    expected: expectations(value),
    expiryWarningMs: value.auth.expiryWarningMs,
    settings: { configuration: problems, envFile: view.problems },
    selectionOf: (provider) =>
      core.candidates.select({ provider, agent, session: null, requestPin: null, model: null }),
    lastUsedAt: core.memory.lastUsedAt(),
    environment: new Map(view.keys.map((key) => [key.profileId, key])),
    last4: new Map(
      view.keys.flatMap((key): [ProfileId, string][] =>
        key.secret.last4 === undefined ? [] : [[key.profileId, key.secret.last4]],
      ),
    ),
  })
}

/** What the configuration says should be there. */
function expectations({ models, auth }: Configuration): Expectations {
  return {
    defaultProvider: models.default === null ? null : parseModelRef(models.default).provider,
    profiles: Object.entries(auth.profiles).map(([id, { provider }]) => ({
      profileId: parseProfileId(id),
      provider,
    })),
    ordered: Object.keys(auth.order).map(parseProviderId),
    orderedProfiles: Object.values(auth.order).flat(),
  }
}
