// What is true of the gateway at the moment somebody asks for its metrics.
import type { ProviderId } from '../domain/ids.ts'
import { plainRequest } from '../domain/selection.ts'
import type { Readings } from '../gateway/metrics/metrics.ts'
import type { Host } from '../host.ts'
import { version } from '../version.ts'
import type { Core } from './core.ts'

type ReadingsCore = Pick<Core, 'bus' | 'candidates' | 'providers'>

/** Credentials are counted as the default agent sees them. */
export function openReadings(host: Host, core: ReadingsCore, logLinesLost: () => number): () => Readings {
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

function countStatuses({ candidates }: ReadingsCore, provider: ProviderId): Readings['credentials'] {
  const counts = new Map<string, number>()
  const selection = candidates.select({ provider, agent: null, ...plainRequest })
  for (const { status } of selection.candidates) counts.set(status, (counts.get(status) ?? 0) + 1)
  return Array.from(counts, ([status, count]) => ({ provider, status, count }))
}
