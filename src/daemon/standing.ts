// What is true of the gateway at the moment somebody asks for its metrics.
import type { ProviderId } from '../domain/ids.ts'
import { plainRequest } from '../domain/selection.ts'
import type { Standing } from '../gateway/metrics.ts'
import type { Host } from '../host.ts'
import { version } from '../version.ts'
import type { Core } from './core.ts'

type StandingCore = Pick<Core, 'bus' | 'candidates' | 'providers'>

/** Credentials are counted as the default agent sees them. */
export function openStanding(host: Host, core: StandingCore, logLinesLost: () => number): () => Standing {
  const startedAt = host.now()
  return () => ({
    version,
    startedAt,
    credentials: core.providers().flatMap(({ id }) => countStatuses(core, id)),
    logPosition: core.bus.position(),
    logLinesLost: logLinesLost(),
    resources: host.resources(),
  })
}

function countStatuses({ candidates }: StandingCore, provider: ProviderId): Standing['credentials'] {
  const counts = new Map<string, number>()
  const selection = candidates.select({ provider, agent: null, ...plainRequest })
  for (const { status } of selection.candidates) counts.set(status, (counts.get(status) ?? 0) + 1)
  return Array.from(counts, ([status, count]) => ({ provider, status, count }))
}
