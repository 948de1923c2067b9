// What there is to tell, and the channels it is told over, as a page for people.
import type { Result } from '../../protocol/contract.ts'
import type { Paint } from './paint.ts'
import { printableLine } from './printable.ts'
import { renderTable } from './table.ts'
import { localTime, relativeTime } from './time.ts'
import { wrapNote } from './wrap-note.ts'

type List = Result<'notify.list'>
type Matter = List['matters'][number]
type Channel = List['channels'][number]

export interface NoticesView {
  /** Epoch milliseconds. */
  readonly now: number
  /** Columns of the terminal, null for none. */
  readonly width: number | null
  readonly paint: Paint
}

/** Lines without a newline at the end. */
export function renderNotices({ matters, channels }: List, view: NoticesView): string {
  const lines = matters.length === 0 ? ['there is nothing to tell'] : matters.flatMap((each) => matterLines(each, view))
  if (channels.length === 0) return lines.join('\n')
  return [...lines, '', channelTable(channels, view), ...channels.flatMap((each) => troubleLines(each, view))].join(
    '\n',
  )
}

/** The matter, then what to do, then who was told. */
function matterLines({ severity, kind, message, hint, channels }: Matter, view: NoticesView): string[] {
  const { width, paint } = view
  const [first = '', ...rest] = wrapNote(`${severity} ${kind}: ${printableLine(message)}`, width).split('\n')
  const told = channels.map((each) => `${each.channel} ${tellingWords(each, view)}`).join('; ')
  return [
    first.replace(severity, paint[severity === 'error' ? 'red' : 'yellow']),
    ...rest,
    wrapNote(`  hint: ${printableLine(hint)}`, width),
    wrapNote(`  told: ${told === '' ? 'nobody, for no channel wants it' : told}`, width),
  ]
}

function tellingWords({ lastToldAt, nextAt }: Matter['channels'][number], { now }: NoticesView): string {
  const again = nextAt === null ? '' : `, again ${relativeTime(nextAt, now)}`
  if (lastToldAt !== null) return `${relativeTime(lastToldAt, now)}${again}`
  return nextAt === null
    ? 'not, and not tried again before something new comes'
    : `not yet, ${relativeTime(nextAt, now)}`
}

function channelTable(channels: readonly Channel[], { width, paint }: NoticesView): string {
  const rows = channels.map((channel) => [
    channel.name,
    channel.kind,
    channel.trouble === null
      ? {
          text:
            channel.quietUntil === null ? 'no trouble' : `quiet until ${localTime(channel.quietUntil).slice(11, 16)}`,
          style: paint.green,
        }
      : { text: 'failed', style: paint.red },
    channel.quietHours ?? '',
    channel.only === null ? 'everything' : channel.only.join(' '),
  ])
  const columns = [
    { title: 'CHANNEL' },
    { title: 'KIND' },
    { title: 'STATE' },
    { title: 'QUIET' },
    { title: 'TOLD OF', wraps: true },
  ]
  return renderTable(columns, rows, { width, styleTitle: paint.dim })
}

function troubleLines({ name, trouble }: Channel, { now, width }: NoticesView): string[] {
  if (trouble === null) return []
  const { reason, at, failures, retryAt } = trouble
  const times = failures === 1 ? 'once' : `${failures} times in a row`
  const next =
    retryAt === null ? 'not tried again before something new comes' : `next attempt ${relativeTime(retryAt, now)}`
  return [wrapNote(`${name} failed ${times}, last ${relativeTime(at, now)}: ${printableLine(reason)}; ${next}`, width)]
}
