// The models of every provider as far as they are known already: a chat that asks for them must not wait for providers.
import type { ModelsRequest, ProviderQuestions } from '../control/provider-questions.ts'
import type { AgentId } from '../domain/ids.ts'
import { type ModelListing, namedProviders } from '../domain/model-list.ts'
import type { Provider } from '../domain/provider.ts'
import { putRecent } from '../domain/put-recent.ts'
import { isIncluded, isUsable } from '../domain/candidate.ts'
import { plainRequest } from '../domain/selection.ts'
import type { ModelLists } from '../gateway/questions/model-lists.ts'
import { messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import type { Core } from './core.ts'
import { listingOf } from './list-models.ts'

/** How long providers have to answer behind the caller. */
const askingMsMax = 8_000
/** Lists that could not be had are not asked for again before this. */
const againMs = 60_000
/** Agents whose last asking is remembered; they share the lists. */
const agentsMax = 64

interface Asking {
  /** The providers whose lists were missing: when another is missing, it is asked for at once. */
  readonly missing: ReadonlySet<string>
  readonly startedAt: number
  readonly ended: Promise<void>
  /** Why there is no list of a provider; null for one that was not asked. */
  noteOf(provider: string): string | null
}

interface Deps {
  readonly host: Pick<Host, 'monotonicMs' | 'setTimer' | 'log'>
  readonly core: Core
  readonly lists: Pick<ModelLists, 'kept'>
  ask(request: ModelsRequest): Promise<ModelListing>
}

export function openModelsAtHand({ host, core, lists, ask }: Deps): ProviderQuestions['modelsAtHand'] {
  const askings = new Map<AgentId, Asking>()

  function start(agent: AgentId, missing: readonly string[]): Asking {
    const notes = new Map(missing.map((provider) => [provider, 'its list is on its way']))
    const asking = {
      missing: new Set<string>(missing),
      startedAt: host.monotonicMs(),
      ended: askAll(agent, notes),
      noteOf: (provider: string) => notes.get(provider) ?? null,
    }
    putRecent(askings, agent, asking, agentsMax)
    return asking
  }

  async function askAll(agent: AgentId, notes: Map<string, string>): Promise<void> {
    const { signal } = new AbortController()
    try {
      const { providers } = await ask({ provider: null, agent, timeoutMs: askingMsMax, fresh: false, signal })
      for (const { provider, note } of providers) if (note !== undefined) notes.set(provider, `no list: ${note}`)
    } catch (error) {
      // Others are asking already. What they learn is kept for everybody, and for the rest the next caller asks again.
      askings.delete(agent)
      host.log.debug({ error: messageOf(error) }, 'the lists of models could not be asked for')
    }
  }

  function askingFor(agent: AgentId, missing: readonly string[]): Asking {
    const last = askings.get(agent)
    const isRecent = last !== undefined && host.monotonicMs() - last.startedAt < againMs
    return isRecent && missing.every((provider) => last.missing.has(provider)) ? last : start(agent, missing)
  }

  return async ({ agent, waitMs }) => {
    const providers = shownProviders(core, agent)
    const missing = providers.flatMap(({ provider, isUsable: canAsk }) =>
      canAsk && lists.kept(provider)?.isFresh !== true ? [provider.id] : [],
    )
    const asking = missing.length === 0 ? null : askingFor(agent, missing)
    if (asking && waitMs > 0) await endedWithin(host, asking.ended, waitMs)
    return listingOf(
      core,
      providers.map(({ provider }) => {
        const note = asking?.noteOf(provider.id) ?? null
        return { provider, list: lists.kept(provider) ?? { names: [], fetchedAt: null, note } }
      }),
    )
  }
}

interface ShownProvider {
  readonly provider: Provider
  /** Whether there is a credential to ask with. */
  readonly isUsable: boolean
}

/** Those that the agent has a credential for, also one that rests, and those that the configuration names a model of. */
function shownProviders(core: Core, agent: AgentId): ShownProvider[] {
  const named = namedProviders(core.configuration.current().value.models)
  return core.providers().flatMap((provider): ShownProvider[] => {
    const { candidates } = core.candidates.select({ provider: provider.id, agent, ...plainRequest })
    const isShown = candidates.some(isIncluded) || named.has(provider.id)
    return isShown ? [{ provider, isUsable: candidates.some(isUsable) }] : []
  })
}

async function endedWithin(host: Pick<Host, 'setTimer'>, ended: Promise<void>, waitMs: number): Promise<void> {
  let stop: () => void = () => undefined
  const late = new Promise<void>((resolve) => {
    const timer = host.setTimer(waitMs, resolve)
    stop = () => timer.cancel()
  })
  await Promise.race([ended, late])
  stop()
}
