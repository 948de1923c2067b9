// The matters of the running gateway: those of its state, and those that somebody raised.
import type { Matter } from '../domain/matter.ts'
import { mattersOf } from '../domain/matters.ts'
import { plainRequest } from '../domain/selection.ts'
import type { Host } from '../host.ts'
import type { Core } from './core.ts'
import { statusReport } from './status.ts'
import type { Trouble } from './write-trouble.ts'

/** As of now. */
export function currentMatters(host: Host, core: Core): Matter[] {
  const { bus, candidates, configuration, conditions } = core
  const { auth, agents, models } = configuration.current().value
  const ofState = mattersOf({
    now: host.now(),
    expiryWarningMs: auth.expiryWarningMs,
    credentials: bus.state().credentials,
    problems: statusReport(host, core, { agent: null, http: null }).check.problems,
    expectsAny: models.default !== null || Object.keys({ ...auth.profiles, ...auth.order }).length > 0,
    groups: candidates.groups(),
    selectionOf: (provider, model) => candidates.select({ ...plainRequest, provider, agent: agents.default, model }),
  })
  return [...ofState, ...unwritten(bus.trouble.current()), ...conditions.current()]
}

function unwritten(trouble: Trouble | null): Matter[] {
  if (trouble === null) return []
  return [
    {
      key: 'storage_failed',
      kind: 'storage_failed',
      title: 'changes cannot be written',
      message: `The event log does not take changes: ${trouble.message}`,
      hint: trouble.hint ?? 'see what is wrong: traseai doctor',
      since: trouble.since,
      until: null,
    },
  ]
}
