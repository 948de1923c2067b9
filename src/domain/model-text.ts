// The answers of `/model` as plain text: no markup and no colours, so that any chat can show them.
import type { Credential } from './entities.ts'
import { duration } from './duration.ts'
import type { OfferedModel, OfferedProvider } from './model-picker.ts'
import type { Candidate } from './candidate.ts'
import type { Selection } from './selection.ts'
import type { Served, SessionView } from './session-view.ts'
import { runningCooldowns } from './cooldown.ts'
import { wrapWords } from './wrap-words.ts'

export interface Page {
  /** Epoch milliseconds. */
  readonly now: number
  /** Columns. */
  readonly width: number
}

/** The numbered picker. */
export interface PickerPage extends Page {
  readonly view: SessionView
  readonly served: Served
  readonly problem: string | null
  readonly offered: readonly OfferedProvider[]
  readonly filter: string | null
  /** What a request for the provider gets, whatever the model. */
  servedBy(provider: string): Served
  servedFor(model: OfferedModel): Served
}

export function pickerText(page: PickerPage): string {
  const { offered, filter } = page
  const head = filter === null ? currentLines(page) : []
  const count = offered.reduce((total, { models }) => total + models.length, 0)
  const groups = offered.flatMap((group) => ['', ...groupLines(page, group, String(count).length)])
  const body = count === 0 && filter !== null ? [`no model's name holds ${filter}`] : groups
  return joined(page, [...head, ...body, '', count === 0 ? 'see all: /model list' : pickHint])
}

const pickHint = 'switch: /model <number>   more: /model status, /model help'

/** `sonnet, default`, and so on, behind a name. */
function marks({ aliases, isDefault }: OfferedModel): string {
  const words = [...aliases, ...(isDefault ? ['default'] : [])]
  return words.length === 0 ? '' : ` (${words.join(', ')})`
}

function groupLines(page: PickerPage, { provider, note, models, left }: OfferedProvider, digits: number): string[] {
  const served = page.servedBy(provider)
  const lines = models.map((model) => {
    const name = model.model.slice(provider.length + 1)
    const mark = model.isCurrent ? ` <-${noBreak}current` : ''
    const number = String(model.number).padStart(digits + 1)
    return `${number}. ${name}${marks(model)}${ofModel(page, served, model)}${mark}`
  })
  const noList = note === null ? [] : [`   ${note}`]
  const how = page.filter === null ? `/model list ${provider}` : 'add a word'
  const more = left === 0 ? [] : [`   ${left} more: ${how}`]
  const next = served.next === null ? '' : 'next: '
  return [`${provider} (${next}${servedWords(served, page.now)})`, ...lines, ...noList, ...more]
}

/** What is different for this model than for the rest of its provider. */
function ofModel(page: PickerPage, usual: Served, model: OfferedModel): string {
  const served = page.servedFor(model)
  if (served.next === usual.next && served.status === usual.status) return ''
  return ` - ${servedWords(served, page.now)}`
}

/** `anthropic:work`, or why there is none. */
export function servedWords({ next, status, until }: Served, now: number): string {
  if (next !== null) return status === 'expiring' ? `${next} (expiring)` : next
  if (status === null) return 'no credential'
  if (status === 'cooling' && until !== null) return `rate limited for ${duration(until - now)}`
  return `no usable credential (${status})`
}

function currentLines({
  view,
  served,
  problem,
  now,
}: Pick<PickerPage, 'view' | 'served' | 'problem' | 'now'>): string[] {
  const { model, origin, pin } = view
  if (model === null) return ['model: none chosen, and no default is set']
  const how = origin === 'default' ? ' (the default)' : ' (chosen for this session)'
  const pinned = pin?.profileId ? ' (pinned)' : ''
  const credential = problem ?? `${servedWords(served, now)}${pinned}`
  return [`model: ${model}${how}`, `credential: ${credential}`]
}

/** What a switch led to. */
export interface SwitchPage extends Page {
  readonly changed: boolean
  readonly view: SessionView
  readonly served: Served
  readonly problem: string | null
  readonly note: string | null
}

export function switchText(page: SwitchPage): string {
  const { view, served, problem, note, changed, now } = page
  const { model, pin } = view
  const lead = pin ? (changed ? 'switched to' : 'already on') : changed ? 'back to the default:' : 'on the default:'
  const what = model ?? 'no model, because no default is set'
  const by =
    model === null || problem !== null ? '' : `, with ${servedWords(served, now)}${pin?.profileId ? ' pinned' : ''}`
  const notes = [note, problem === null ? null : `But ${problem}.`]
  return joined(page, [`${lead} ${what}${by}`, ...notes.flatMap((each) => each ?? [])])
}

export interface StatusPage extends Page {
  readonly session: string
  readonly agent: string
  readonly view: SessionView
  readonly served: Served
  readonly problem: string | null
  readonly byDefault: string | null
  readonly providers: readonly StatusProvider[]
}

export interface StatusProvider {
  readonly provider: string
  /** Only when the configuration sets it. */
  readonly endpoint: string | null
  readonly selection: Selection
  credentialOf(profileId: string): Credential | undefined
}

/** Credentials shown of a provider; the others are counted. */
const candidatesShownMax = 20

export function statusText(page: StatusPage): string {
  const { session, agent, view, byDefault, providers } = page
  const head = [`session: ${session}`, `agent: ${agent}`, ...currentLines(page), `default: ${byDefault ?? 'none set'}`]
  const none = providers.length === 0 ? ['', 'no credentials: add one with traseai onboard'] : []
  const isPinned = view.pin !== null ? ['', 'drop the pin: /model default'] : []
  return joined(page, [
    ...head,
    ...providers.flatMap((each) => ['', ...providerLines(page, each)]),
    ...none,
    ...isPinned,
  ])
}

function providerLines(page: StatusPage, { provider, endpoint, selection, credentialOf }: StatusProvider): string[] {
  const { candidates, next } = selection
  const shown = candidates.slice(0, candidatesShownMax)
  const left = candidates.length - shown.length
  return [
    `${provider}${endpoint === null ? '' : ` at ${endpoint}`}`,
    ...(candidates.length === 0 ? ['  no credential'] : []),
    ...shown.map((candidate) => {
      const mark = candidate.profileId === next ? ' (next)' : ''
      return `  ${candidate.profileId}${mark}: ${candidateWords(candidate, credentialOf(candidate.profileId), page.now)}`
    }),
    ...(left === 0 ? [] : [`  and ${left} more`]),
  ]
}

function candidateWords({ status, reason, until }: Candidate, credential: Credential | undefined, now: number): string {
  const left = until === null || until <= now ? '' : `, ${duration(until - now)} left`
  if (status === 'cooling') return `${reason ?? 'rate limited'}${left}`
  const why = reason === null || reason === status ? '' : `, ${reason}`
  const resting = status === 'excluded' || !credential ? [] : runningCooldowns(credential, now)
  const limited = resting.slice(0, modelsNamedMax).flatMap(({ model, until: end }) => {
    return model === null ? [] : [`, but rate limited for ${model}, ${duration(end - now)} left`]
  })
  return `${status}${why}${left}${limited.join('')}`
}

/** Models named of a credential that rests for some only. */
const modelsNamedMax = 3

export function helpText(page: Page): string {
  return joined(page, [
    '/model list [WORDS]',
    '  the models to choose from; with words, those that have them in their names',
    '/model MODEL',
    '  switch this session to a number of the list, an alias, or provider/model: /model 2, /model openai/gpt-5',
    '/model MODEL@CREDENTIAL',
    '  and use that credential only: /model 2@work; /model @work keeps the model',
    '/model status',
    '  what this session uses, and the state of every credential',
    '/model default',
    '  go back to the default model',
  ])
}

/** Keeps the arrow and its word on one line; made a plain space at the end. */
const noBreak = '\u00a0'

/** Lines that fit; those that go on are indented a little further than they began. */
function joined({ width }: Page, lines: readonly string[]): string {
  return lines
    .flatMap((line) => wrapWords(line, width, (/^ *(?:\d+\. )?/.exec(line)?.[0].length ?? 0) + 2))
    .join('\n')
    .replaceAll(noBreak, ' ')
    .trim()
}
