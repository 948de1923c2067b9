// The models of each provider, as the provider lists them to the credential that would be used next.
import type { ModelsRequest } from '../control/provider-questions.ts'
import { entryOf } from '../domain/entities.ts'
import type { AgentId } from '../domain/ids.ts'
import { isoInstant } from '../domain/events.ts'
import { markedModels, type ModelListing, namedProviders } from '../domain/model-list.ts'
import { plainRequest } from '../domain/selection.ts'
import type { Provider } from '../domain/provider.ts'
import type { ListTarget, ModelList, ModelLists } from '../gateway/questions/model-lists.ts'
import type { Core } from './core.ts'

/** A provider to list; `target` is null when it has no usable credential. */
interface Wanted {
  readonly provider: Provider
  readonly target: ListTarget | null
}

const noCredential: ModelList = { names: [], fetchedAt: null, note: 'no usable credential' }

export async function listModels(core: Core, lists: ModelLists, request: ModelsRequest): Promise<ModelListing> {
  const wanted = wantedProviders(core, request)
  const targets = wanted.flatMap(({ target }) => target ?? [])
  const answers = new Map((await lists.of(targets, request)).map((list, index) => [targets[index], list]))
  return listingOf(
    core,
    wanted.map(({ provider, target }) => ({ provider, list: (target && answers.get(target)) ?? noCredential })),
  )
}

/** Lists as callers see them: marked with what the configuration makes of their models. */
export function listingOf(
  core: Core,
  lists: readonly { readonly provider: Provider; readonly list: ModelList }[],
): ModelListing {
  const named = core.configuration.current().value.models
  return {
    default: named.default,
    providers: lists.map(({ provider: { id }, list: { names, fetchedAt, note } }) => ({
      provider: id,
      fetchedAt: fetchedAt === null ? null : isoInstant(fetchedAt),
      ...(note === null ? {} : { note }),
      models: markedModels(id, names, named),
    })),
  }
}

function wantedProviders(core: Core, { provider: only, agent }: ModelsRequest): Wanted[] {
  const named = namedProviders(core.configuration.current().value.models)
  return core.providers().flatMap((provider): Wanted[] => {
    if (only !== null && provider.id !== only.id) return []
    const target = targetOf(core, provider, agent)
    if (target) return [{ provider, target }]
    return only !== null || named.has(provider.id) ? [{ provider, target: null }] : []
  })
}

/** The providers that an agent has a usable credential for, each with the one that would be used next. */
export function listTargets(core: Core, agent: AgentId | null): ListTarget[] {
  return core.providers().flatMap((provider) => targetOf(core, provider, agent) ?? [])
}

function targetOf(core: Core, provider: Provider, agent: AgentId | null): ListTarget | null {
  const { next } = core.candidates.select({ provider: provider.id, agent, ...plainRequest })
  const credential = next === null ? undefined : entryOf(core.bus.state().credentials, next)
  return credential ? { provider, profileId: credential.profileId, fingerprint: credential.fingerprint } : null
}
