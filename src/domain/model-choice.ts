// Finds the model and the credential that a user means with `/model …`: by number, alias or name, or says what is wrong with it.
import { TraseError } from '../errors.ts'
import type { Credentials } from './credential.ts'
import type { AgentId, ProfileId, ProviderId } from './ids.ts'
import { isKeyAsName, withoutSecrets } from './keys-in-text.ts'
import { profileNamed, splitChoice } from './model-at-credential.ts'
import type { ModelListing, NamedModels } from './model-list.ts'
import { aliasNamed, sameName, listedNames, numberIn, shownName, withoutProvider } from './model-names.ts'
import { parseModelRef } from './model-ref.ts'
import { pinnable } from './session.ts'
import { suggest } from './suggest.ts'

/** What a choice is made from. */
export interface KnownModels {
  readonly named: NamedModels
  readonly providers: readonly ProviderId[]
  /** The models of the lists at hand. */
  readonly listing: ModelListing
  readonly credentials: Credentials
  readonly agent: AgentId
  /** What the session uses now: `/model @work` changes the credential alone. */
  readonly current: string | null
  /** What the numbers stand for. */
  readonly shown: readonly string[]
}

export interface ModelChoice {
  /** `provider/model`. */
  readonly model: string
  /** Null when none was named. */
  readonly profileId: ProfileId | null
  /** What the user should know of it, as a sentence; null when there is nothing. */
  readonly note: string | null
}

type NamedModel = Omit<ModelChoice, 'profileId'>

/**
 * @param wanted `<number|alias|provider/model>[@credential]`
 * @param anyway takes a model that its provider does not list, however near it is to one that is listed
 * @throws TraseError `not_found` for an unknown model or credential, `usage` for what cannot be meant
 */
export function chooseModel(wanted: string, anyway: boolean, known: KnownModels): ModelChoice {
  if (isKeyAsName(wanted)) {
    throw new TraseError('usage', 'what was typed could be a key', {
      hint: 'names are kept in the history; keys must not be',
    })
  }
  const names = listedNames(known)
  const { model: text, profile } = splitChoice(wanted, known, names)
  const model = modelNamed(text, { known, names, anyway })
  if (profile === null) return { ...model, profileId: null }
  const { provider } = parseModelRef(model.model)
  const profileId = profileNamed(profile, provider, known.credentials)
  return {
    ...model,
    profileId: pinnable(
      known.credentials,
      { profileId, text: withoutSecrets(profile) },
      { provider, agent: known.agent },
    ),
  }
}

/** Whether lists that are not at hand make no difference to what `wanted` means. */
export function isClearWithoutLists(wanted: string, known: KnownModels): boolean {
  const names = listedNames(known)
  const { model } = splitChoice(wanted, known, names)
  if (numberIn(model) !== null) return known.shown.length > 0
  return model === '' || aliasNamed(model, known) !== undefined || sameName(model, names) !== undefined
}

interface Naming {
  readonly known: KnownModels
  readonly names: ReadonlySet<string>
  readonly anyway: boolean
}

function modelNamed(text: string, naming: Naming): NamedModel {
  const { known, names } = naming
  const number = numberIn(text)
  if (number !== null) return { model: numbered(number, known.shown), note: null }
  if (text === '') return { model: currentOf(known), note: null }
  const alias = aliasNamed(text, known)
  const listed = alias ?? sameName(text, names) ?? withoutProvider(text, names)
  if (listed !== undefined) return { model: listed, note: null }
  return unlisted(text, naming)
}

function numbered(number: number, shown: readonly string[]): string {
  const model = shown[number - 1]
  if (model !== undefined) return model
  const range = shown.length === 0 ? 'the list is empty' : `the list goes from 1 to ${shown.length}`
  throw new TraseError('not_found', `there is no model ${number}: ${range}`, { hint: 'see the list: /model' })
}

function currentOf({ current }: KnownModels): string {
  if (current !== null) return current
  throw new TraseError('usage', 'no model is in use that a credential could be pinned for', {
    hint: 'name the model as well, such as /model sonnet@work',
  })
}

/**
 * A model that no list at hand has. Providers add models daily, and lists may not be at hand: it is taken, and the user
 * told, unless it looks like a slip of the pen: another spelling of a listed name. One that differs in its numbers alone
 * is another version.
 */
function unlisted(text: string, { known, names, anyway }: Naming): NamedModel {
  const slash = text.indexOf('/')
  const provider = known.providers.find((id) => id === text.slice(0, Math.max(slash, 0)).toLowerCase())
  const name = text.slice(slash + 1)
  if (slash < 1 || provider === undefined || name === '')
    throw unknownModel(text, nearModel(text, known, names), whereToLook(text, known, names))
  if (!/^[!-~]{1,200}$/.test(name)) {
    throw new TraseError('usage', `${shownName(text)} is not a model`, { hint: 'at most 200 characters, plain ASCII' })
  }
  const model = `${provider}/${name}`
  const list = known.listing.providers.find((each) => each.provider === provider)
  if (!list || list.fetchedAt === null) {
    return { model, note: `The list of ${provider} is not at hand, so the name was not checked.` }
  }
  const near = suggest(
    model,
    list.models.map((each) => `${provider}/${each.name}`),
  )
  if (near !== undefined && !anyway && isMisspelt(model, near))
    throw unknownModel(text, near, `to use it all the same: /model ${model}!`)
  return { model, note: `${provider} does not list this model${near === undefined ? '' : `; it lists ${near}`}.` }
}

function isMisspelt(model: string, near: string): boolean {
  const letters = (text: string): string => text.toLowerCase().replaceAll(/[^a-z/]/g, '')
  return letters(model) !== letters(near)
}

/** Among aliases and names; `antropic/…` is near a provider whatever comes behind. */
function nearModel(text: string, known: KnownModels, names: ReadonlySet<string>): string | undefined {
  const near = suggest(text, [...Object.keys(known.named.aliases), ...names])
  if (near !== undefined) return near
  const slash = text.indexOf('/')
  const provider = slash < 1 ? undefined : suggest(text.slice(0, slash), known.providers)
  if (provider !== undefined) return `${provider}${text.slice(slash)}`
  const bare = new Map([...names].map((name) => [name.slice(name.indexOf('/') + 1), name]))
  const found = suggest(text, bare.keys())
  return found === undefined ? undefined : bare.get(found)
}

function unknownModel(text: string, near: string | undefined, hint: string): TraseError {
  const meant = near === undefined ? '' : ` (did you mean ${withoutSecrets(near)}?)`
  return new TraseError('not_found', `unknown model ${shownName(text)}${meant}`, { hint })
}

const otherForms = ['list', 'status', 'default', 'help']

/** `/model statsu` meant no model; of `/model claude` the list shows what it may have meant. */
function whereToLook(text: string, known: KnownModels, names: ReadonlySet<string>): string {
  const form = suggest(text, otherForms)
  if (form !== undefined) return `did you mean /model ${form}?`
  const words = text.toLowerCase()
  const listed = [...names].some((name) => name.toLowerCase().includes(words)) ? words : suggest(words, known.providers)
  return `see the list: /model list${listed === undefined ? '' : ` ${listed}`}, or write provider/model`
}
