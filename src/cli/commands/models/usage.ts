// `models usage`: what model requests took, by credential, model, day and more, with small bars.
import { type Command, Option } from 'commander'
import { TraseError } from '../../../errors.ts'
import type { Params } from '../../../protocol/contract.ts'
import type { Act, Context } from '../../context.ts'
import { addHelpNote } from '../../help-note.ts'
import { given, instantOf, instantText } from '../../option-values.ts'
import { showsBlocks } from '../../render/bar.ts'
import { localTime } from '../../render/time.ts'
import { type Usage, renderUsage, type UsageRow } from '../../render/usage-chart.ts'

type By = NonNullable<Params<'models.usage'>['by']>

interface UsageOptions {
  readonly since: string
  readonly until?: string
  readonly by: By
  readonly provider?: string
  readonly profileId?: string
  readonly model?: string
  readonly agent?: string
  readonly client?: string
}

/** As the contract has them; the CLI does not load it. */
const groupings: readonly By[] = ['credential', 'model', 'provider', 'agent', 'client', 'day']
const msPerHour = 3_600_000
const msPerDay = 24 * msPerHour
/** An hour more or less is told up to here. */
const roundedMsMax = 12 * msPerHour
/** Further back a chart by day shows only the days on which there was something. */
const filledDaysMax = 92

export function registerModelsUsage(models: Command, act: Act): void {
  const command = models
    .command('usage')
    .description('show how many requests and tokens were used, and what for')
    .option('--since <when>', 'from then on: 24h, 7d, or a date such as 2026-11-22', instantText, '7d')
    .option('--until <when>', 'up to then', instantText)
    .addOption(new Option('--by <what>', 'a row for each of them').choices(groupings).default('credential'))
    .option('--provider <id>', 'only this provider')
    .option('--profile-id <id>', 'only this credential')
    .option('--model <name>', 'only this model, with or without its provider, or an alias')
    .option('--agent <id>', 'only requests of this agent')
    .option('--client <name>', 'only requests with the token of this client')
    .action((options: UsageOptions) => act((context) => runModelsUsage(context, options)))
  addHelpNote(command, [
    'Tokens are those that the providers count; ? means that they did not say. FIRST is about the median time to the first content of an answer. Kept are hours for a month, and then days for 400 days.',
  ])
}

export async function runModelsUsage(context: Context, options: UsageOptions): Promise<number> {
  const { host, io } = context
  const now = host.now()
  const { since, until, by, provider, profileId, model, agent, client } = options
  const [from, to] = [instantOf(since, now) ?? undefined, until && (instantOf(until, now) ?? undefined)]
  if (from !== undefined && to !== undefined && to < from) {
    const hint = 'a time ago is counted from now: --since 12d --until 10d'
    throw new TraseError('usage', `--until ${until} is before --since ${since}`, { hint })
  }
  const gateway = await context.gateway()
  const usage = await gateway.call('models.usage', {
    by,
    utcOffsetMinutes: -new Date(now).getTimezoneOffset(),
    ...given({ provider, profileId, model, agent, client }),
    ...given({ since: from, until: to }),
  })
  io.print(usage, () => render(usage, options, context))
  const { uncounted, ok } = usage.totals
  if (uncounted > 0 && !io.json) {
    io.note(`note: the providers did not say how many tokens ${uncounted} of ${ok} answers took${streamNote}`)
  }
  return 0
}

const streamNote = '; streams of chat completions only do with "stream_options": {"include_usage": true}'

function render(usage: Usage, options: UsageOptions, { host, io }: Context): string {
  const when = whenWords(usage, options)
  if (usage.rows.length === 0) return `no requests ${when}`
  const blocks = showsBlocks(host.env, host.platform)
  const filled = usage.by === 'day' ? { ...usage, rows: withEmptyDays(usage) } : usage
  const chart = renderUsage(filled, { width: io.width, paint: io.paint, blocks })
  return `${io.paint.dim(`requests ${when}`)}\n${chart}`
}

const unitWords: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  y: 'year',
}

/** The words that were typed, but where whole hours are far from them: `since 2026-11-22 17:00, by the hour`. */
function whenWords({ since: from, until: to }: Usage, { since, until }: UsageOptions): string {
  if (until !== undefined) return `from ${agoWords(since)} to ${agoWords(until)}`
  if (Date.parse(to) - Date.parse(from) > roundedMsMax) return sinceWords(since)
  const hour = new Date(Math.floor(Date.parse(from) / msPerHour) * msPerHour).toISOString()
  return `since ${localTime(hour).slice(0, -3)}, by the hour`
}

/** `12d ago`, and a date as it is. */
const agoWords = (when: string): string => (/[a-z]$/.test(when) ? `${when} ago` : when)

/** `in the last 7 days`, `since 2026-11-22`. */
function sinceWords(since: string): string {
  const [, count = '', unit = ''] = /^(\d+)([smhdwy])$/.exec(since) ?? []
  const word = unitWords[unit]
  if (word === undefined) return /^\d+(\.\d+)?\s*[a-z]+$/i.test(since) ? `in the last ${since}` : `since ${since}`
  return count === '1' ? `in the last ${word}` : `in the last ${count} ${word}s`
}

/** A day without requests is a part of the picture too. */
function withEmptyDays({ rows, since, until, totals }: Usage): UsageRow[] {
  const localDay = (iso: string): string => {
    const at = new Date(iso)
    return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 10)
  }
  const first = Date.parse(localDay(since))
  const last = Date.parse(localDay(until))
  if ((last - first) / msPerDay > filledDaysMax) return [...rows]
  const known = new Map(rows.map((row) => [row.day, row]))
  const nothing = Object.fromEntries(Object.keys(totals).map((figure) => [figure, 0])) as Usage['totals'] // its members
  return Array.from({ length: Math.round((last - first) / msPerDay) + 1 }, (_, index) => {
    const day = new Date(first + index * msPerDay).toISOString().slice(0, 10)
    return known.get(day) ?? { day, ...nothing, firstTokenMs: null }
  })
}
