// What `/model` shows and picks for a session: the numbered list, the full view, and the model that a word stands for.
import { entryOf } from '../domain/entities.ts'
import { parseProviderId, type ProviderId } from '../domain/ids.ts'
import { chooseModel, isClearWithoutLists, type KnownModels, type ModelChoice } from '../domain/model-choice.ts'
import { type ModelListing, namedProviders } from '../domain/model-list.ts'
import { numberedModels, type OfferedModel, offerModels } from '../domain/model-picker.ts'
import { type Page, pickerText, statusText, type StatusProvider } from '../domain/model-text.ts'
import { plainRequest } from '../domain/selection.ts'
import { type Served, servedBy } from '../domain/session-view.ts'
import type { ControlDeps } from './deps.ts'
import { type AskedSession, lookAt, selectFor } from './session-look.ts'

/** How long an answer waits for lists of models that were never fetched. */
const listsMsMax = 1_000

export interface Choice {
  readonly number: number
  readonly model: string
  readonly aliases: readonly string[]
  readonly default?: true
  readonly current?: true
  readonly served: Served
}

/** The picker, whose numbers are what `/model <number>` means from then on. */
export async function pickerAnswer(
  deps: ControlDeps,
  asked: AskedSession,
  { filter, ...page }: Page & { readonly filter: string | null },
): Promise<{ readonly text: string; readonly choices: readonly Choice[] }> {
  const { session, agent } = asked
  const listing = await deps.questions.modelsAtHand({ agent, waitMs: listsMsMax })
  const look = lookAt(asked, deps)
  const offered = offerModels(listing, look.view.model, filter)
  const models = numberedModels(offered)
  if (models.length > 0)
    deps.shownModels.remember(
      session,
      models.map(({ model }) => model),
    )
  const served = new Map(models.map((model) => [model.number, servedFor(model)]))

  /** Another model than the present one would come without this session's pin. */
  function servedFor({ model, isCurrent }: OfferedModel): Served {
    return servedBy(selectFor(model, isCurrent ? session : null, agent, deps))
  }

  const text = pickerText({
    ...page,
    ...look,
    offered,
    filter,
    servedBy: (provider) => servedBy(deps.select({ provider: parseProviderId(provider), agent, ...plainRequest })),
    servedFor: (model) => served.get(model.number) ?? servedFor(model),
  })
  return {
    text,
    choices: models.map((model) => ({ ...choiceOf(model), served: served.get(model.number) ?? servedFor(model) })),
  }
}

function choiceOf({ number, model, aliases, isDefault, isCurrent }: OfferedModel): Omit<Choice, 'served'> {
  return {
    number,
    model,
    aliases,
    ...(isDefault ? { default: true as const } : {}),
    ...(isCurrent ? { current: true as const } : {}),
  }
}

/** @throws TraseError `not_found` for an unknown model or credential, `usage` for what cannot be meant */
export async function pickedModel(
  deps: ControlDeps,
  asked: AskedSession,
  { wanted, anyway }: { readonly wanted: string; readonly anyway: boolean },
): Promise<ModelChoice> {
  const { agent } = asked
  const shown = deps.shownModels.of(asked.session)
  const known = knownModels(deps, asked, shown ?? [], await deps.questions.modelsAtHand({ agent, waitMs: 0 }))
  if (isClearWithoutLists(wanted, known)) return chooseModel(wanted, anyway, known)
  const listing = await deps.questions.modelsAtHand({ agent, waitMs: listsMsMax })
  // Nothing was shown, or that was before a restart: the numbers are those of the list as it would be shown now.
  const numbers = shown ?? numberedModels(offerModels(listing, known.current, null)).map(({ model }) => model)
  return chooseModel(wanted, anyway, knownModels(deps, asked, numbers, listing))
}

function knownModels(
  deps: ControlDeps,
  asked: AskedSession,
  shown: readonly string[],
  listing: ModelListing,
): KnownModels {
  return {
    named: deps.configuration().value.models,
    providers: deps.providers().map(({ id }) => id),
    listing,
    credentials: deps.state().credentials,
    agent: asked.agent,
    current: lookAt(asked, deps).view.model,
    shown,
  }
}

export function statusAnswer(deps: ControlDeps, asked: AskedSession, page: Page): string {
  const { models } = deps.configuration().value
  const look = lookAt(asked, deps)
  const providers = shownProviders(deps, look.view.model).map((provider): StatusProvider => {
    const isCurrent = look.view.model?.startsWith(`${provider}/`) === true
    return {
      provider,
      endpoint: models.providers[provider]?.baseUrl ?? null,
      selection:
        isCurrent && look.view.model !== null
          ? selectFor(look.view.model, asked.session, asked.agent, deps)
          : deps.select({ provider, agent: asked.agent, ...plainRequest, session: asked.session }),
      credentialOf: (profileId) => entryOf(deps.state().credentials, profileId),
    }
  })
  return statusText({ ...page, ...asked, ...look, byDefault: models.default, providers })
}

/** Those with a credential, and those of the models that somebody named; the session's own first. */
function shownProviders(deps: ControlDeps, current: string | null): ProviderId[] {
  const present = Object.values(deps.state().credentials).map(({ provider }) => provider)
  const wanted = new Set([...present, ...namedProviders(deps.configuration().value.models)])
  const own = current === null ? [] : [parseProviderId(current.slice(0, current.indexOf('/')))]
  const known = deps.providers().flatMap(({ id }) => (wanted.has(id) ? [id] : []))
  return [...new Set([...own, ...known, ...wanted])]
}
