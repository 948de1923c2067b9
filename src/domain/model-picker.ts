// Which models `/model` offers, in which order: those that people named first, and a fair share of what each provider lists.
import type { ModelListing } from './model-list.ts'

/** Numbers of a list without words: what fits a screen. The models that people named are all there, also beyond it. */
const offeredMax = 24
/** Numbers of a list with words. */
const filteredMax = 60

export interface OfferedModel {
  /** `provider/model`; the number is the place in the list, from 1. */
  readonly model: string
  readonly number: number
  readonly aliases: readonly string[]
  readonly isDefault: boolean
  readonly isCurrent: boolean
}

export interface OfferedProvider {
  readonly provider: string
  /** Why it gave no list. */
  readonly note: string | null
  readonly models: readonly OfferedModel[]
  /** Models of it that are not shown. */
  readonly left: number
}

type Unnumbered = Omit<OfferedModel, 'number'>

/** Names of models that cannot hold a conversation; they are shown only to who asks for them by name. */
const otherModels =
  /embed|whisper|\btts\b|-tts|dall-e|moderation|transcri|realtime|audio|-image|imagen|\bveo\b|\bsora|rerank|guard|-ocr|\baqa\b/i
/** A dated edition is the same as the name without the date, as long as that is listed too. */
const date = /[-@](\d{4}-\d{2}-\d{2}|\d{8})$/

/**
 * The models to choose from, provider by provider in the order of the listing.
 * @param current `provider/model` in use, which is offered whatever the lists say
 * @param filter words in lower case, all of which a name or one of its aliases must hold; null offers a selection
 */
export function offerModels(
  listing: ModelListing,
  current: string | null,
  filter: string | null,
): readonly OfferedProvider[] {
  const words = filter?.split(' ') ?? null
  const groups = withCurrent(listing, current).map(({ provider, note, models }) => {
    const all = models.map(({ name, aliases = [], default: isDefault = false }): Unnumbered => {
      const model = `${provider}/${name}`
      return { model, aliases, isDefault, isCurrent: model === current }
    })
    const { first, rest, hidden } = words === null ? selected(all) : matching(all, words)
    return { provider, note: note ?? null, first, rest, hidden }
  })
  const namedCount = groups.reduce((total, { first }) => total + first.length, 0)
  const shares = fairShares(
    groups.map(({ rest }) => rest.length),
    (words === null ? offeredMax : filteredMax) - namedCount,
  )
  let number = 0
  return groups
    .map(({ provider, note, first, rest, hidden }, index): OfferedProvider => {
      const share = shares[index] ?? 0
      const models = [...first, ...rest.slice(0, share)].map((model) => ({ ...model, number: ++number }))
      return { provider, note, models, left: rest.length - share + hidden }
    })
    .filter(({ models, left }) => models.length > 0 || (words === null && left >= 0))
}

/** The models of an offer, as their numbers count them. */
export function numberedModels(offered: readonly OfferedProvider[]): readonly OfferedModel[] {
  return offered.flatMap(({ models }) => models)
}

type Listed = ModelListing['providers'][number]

/** A pinned model need not be in any list. */
function withCurrent(listing: ModelListing, current: string | null): readonly Listed[] {
  if (current === null) return listing.providers
  const provider = current.slice(0, current.indexOf('/'))
  const name = current.slice(provider.length + 1)
  const present = listing.providers.find((each) => each.provider === provider)
  if (!present) return [...listing.providers, { provider, fetchedAt: null, models: [{ name }] }]
  if (present.models.some((each) => each.name === name)) return listing.providers
  const extended = { ...present, models: [{ name }, ...present.models] }
  return listing.providers.map((each) => (each === present ? extended : each))
}

interface Parts {
  /** Shown in any case. */
  readonly first: readonly Unnumbered[]
  /** Shown as far as there is room. */
  readonly rest: readonly Unnumbered[]
  /** The number of those that are not shown. */
  readonly hidden: number
}

function selected(all: readonly Unnumbered[]): Parts {
  const names = new Set(all.map(({ model }) => model))
  const isNamed = ({ aliases, isDefault, isCurrent }: Unnumbered): boolean =>
    isDefault || isCurrent || aliases.length > 0
  const isWorthIt = ({ model }: Unnumbered): boolean => !otherModels.test(model) && !names.has(undated(model))
  const first = all.filter(isNamed)
  const rest = all.filter((each) => !isNamed(each) && isWorthIt(each))
  return { first, rest, hidden: all.length - first.length - rest.length }
}

/** The name without its date; empty for one without a date. */
function undated(model: string): string {
  return date.test(model) ? model.replace(date, '') : ''
}

function matching(all: readonly Unnumbered[], words: readonly string[]): Parts {
  const rest = all.filter(({ model, aliases }) => {
    const text = [model, ...aliases].join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  })
  return { first: [], rest, hidden: 0 }
}

/** `total` parted so that nobody gets more than he wants, and nobody less than another without wanting less. */
function fairShares(wants: readonly number[], total: number): readonly number[] {
  const shares = wants.map(() => 0)
  let left = Math.max(0, total)
  const byWant = [...wants.keys()].toSorted((a, b) => (wants[a] ?? 0) - (wants[b] ?? 0))
  byWant.forEach((index, place) => {
    const share = Math.min(wants[index] ?? 0, Math.floor(left / (wants.length - place)))
    shares[index] = share
    left -= share
  })
  return shares
}
