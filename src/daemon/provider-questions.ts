// What the gateway asks providers in its own name for the control socket: probes of credentials, and lists of models.
import type { ProviderQuestions } from '../control/provider-questions.ts'
import { entryOf } from '../domain/entities.ts'
import type { ProfileId } from '../domain/ids.ts'
import { probedReport } from '../domain/probed-report.ts'
import { renewal } from '../domain/problem.ts'
import type { Provider } from '../domain/provider.ts'
import type { StatusReport } from '../domain/report.ts'
import { TraseError } from '../errors.ts'
import type { ModelLists } from '../gateway/questions/model-lists.ts'
import { probeAll, type ProbeTarget } from '../gateway/questions/probe.ts'
import type { Host } from '../host.ts'
import type { Core } from './core.ts'
import { listModels } from './list-models.ts'
import { openModelsAtHand } from './models-at-hand.ts'

/** Calls at a time; each may have 16 requests under way. */
const callsMax = 4

/** `close` ends what is under way: its answers are those of an expired time limit. */
export function openProviderQuestions(
  host: Host,
  core: Core,
  lists: ModelLists,
): ProviderQuestions & { close(): void } {
  const deps = {
    host,
    upstreamSettings: () => core.configuration.current().value.gateway.upstream,
    secretOf: (profileId: ProfileId) => core.candidates.secretOf(profileId),
  }
  const closing = new AbortController()
  let calls = 0

  async function limited<R extends { readonly signal: AbortSignal }, T>(
    request: R,
    work: (request: R) => Promise<T>,
  ): Promise<T> {
    if (calls >= callsMax) throw new TraseError('busy', `${callsMax} callers are asking providers already`)
    calls++
    try {
      return await work({ ...request, signal: AbortSignal.any([request.signal, closing.signal]) })
    } finally {
      calls--
    }
  }

  function renewalOf(profileId: string): string {
    const credential = entryOf(core.bus.state().credentials, profileId)
    return credential ? renewal(credential) : 'see which there are: traseai models auth list'
  }

  const models: ProviderQuestions['models'] = (request) => limited(request, (limits) => listModels(core, lists, limits))
  return {
    probed: (report, request) =>
      limited(request, async (limits) => {
        const probes = await probeAll(deps, probeTargets(report, core.providers()), limits)
        return probedReport(report, probes, renewalOf)
      }),
    models,
    modelsAtHand: openModelsAtHand({ host, core, lists, ask: models }),
    close: () => closing.abort(),
  }
}

/** Disabled ones as well: about those people ask. An excluded one is not used, whatever would come out. */
function probeTargets(report: StatusReport, providers: readonly Provider[]): ProbeTarget[] {
  return report.providers.flatMap(({ provider: id, candidates }) => {
    const provider = providers.find((each) => each.id === id)
    if (!provider) return []
    return candidates
      .filter(({ status }) => status !== 'excluded')
      .map(({ profileId }) => ({ profileId: profileId as ProfileId, provider })) // the report was made of such ids
  })
}
