// `audit log`: the history of the credentials, page by page or as it happens.
import { type Command, Option } from 'commander'
import type { Params, WireEvent } from '../../../protocol/contract.ts'
import { addHelpNote } from '../../help-note.ts'
import type { Act, Context } from '../../context.ts'
import { followEvents } from '../../follow-events.ts'
import { given, instantOf, instantText, wholeNumber } from '../../option-values.ts'
import { actorOf, detailsOf, eventLine, subjectOf } from '../../render/event.ts'
import { printableLine } from '../../render/printable.ts'
import { renderTable } from '../../render/table.ts'
import { relativeTime } from '../../render/time.ts'

interface LogOptions {
  readonly follow?: true
  readonly profileId?: string
  readonly provider?: string
  readonly type?: string
  readonly since?: string
  readonly until?: string
  readonly limit?: number
}

type Filter = Pick<Params<'audit.log'>, 'profileId' | 'provider' | 'type' | 'since' | 'until'>

const eventsDefault = 50
const eventsFollowedDefault = 10
const eventsMax = 100_000
const pageEventsMax = 1_000

export function registerAuditLog(audit: Command, act: Act): void {
  const command = audit
    .command('log')
    .description('print the history, newest first')
    .option('-f, --follow', 'print the last 10, oldest first, and go on with what happens, until Ctrl-C')
    .option('--profile-id <id>', 'only events of this credential')
    .option('--provider <id>', 'only events of this provider')
    .option('--type <type>', 'only events of this type, such as CredentialRateLimited')
    .option('--since <when>', 'not older: 90s, 2h, 7d, or a date such as 2026-11-22T10:00', instantText)
    .addOption(new Option('--until <when>', 'not newer').argParser(instantText).conflicts('follow'))
    .option('--limit <count>', `at most this many (default: ${eventsDefault})`, wholeNumber(1, eventsMax))
    .action((options: LogOptions) => act((context) => runAuditLog(context, options)))
  addHelpNote(command, ['With --json: one array; with --follow one JSON object a line.'])
}

export async function runAuditLog(context: Context, options: LogOptions): Promise<number> {
  const { host, io } = context
  const { profileId, provider, type, since, until, limit } = options
  const instant = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : (instantOf(text, host.now()) ?? undefined)
  const filter = given({ profileId, provider, type, since: instant(since), until: instant(until) })
  if (options.follow) {
    const print = (event: WireEvent): void => io.line(io.json ? JSON.stringify(event) : printableLine(eventLine(event)))
    return followEvents(context, { filter, lastEvents: limit ?? eventsFollowedDefault, print })
  }
  const events = await readEvents(context, filter, limit ?? eventsDefault)
  io.print(events, () =>
    events.length === 0 ? (Object.keys(filter).length > 0 ? 'no such events' : 'no events') : render(events, context),
  )
  return 0
}

async function readEvents(context: Context, filter: Filter, limit: number): Promise<readonly WireEvent[]> {
  const gateway = await context.gateway()
  const events: WireEvent[] = []
  let after: number | undefined
  do {
    const size = Math.min(limit - events.length, pageEventsMax)
    const page = await gateway.call('audit.log', { ...filter, limit: size, ...given({ after }) })
    events.push(...page.events)
    after = page.next
  } while (after !== undefined && events.length < limit)
  return events
}

function render(events: readonly WireEvent[], { host, io }: Context): string {
  const now = host.now()
  const rows = events.map((event) => [
    String(event.position),
    relativeTime(event.at, now),
    event.type,
    [subjectOf(event), detailsOf(event)].filter((part) => part !== '').join(', '),
    actorOf(event),
  ])
  const columns = [
    { title: '#', right: true },
    { title: 'WHEN' },
    { title: 'EVENT' },
    { title: 'ABOUT', wraps: true },
    { title: 'BY', wraps: true },
  ]
  return renderTable(columns, rows, { width: io.width, styleTitle: io.paint.dim })
}
