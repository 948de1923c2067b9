// Reads the log by position, stream, provider, type and time, always through an index and never through the whole of it.
import type { Database, Statement } from 'better-sqlite3'
import type { ReadRequest } from './event-log.ts'
import type { EventRow } from './event-row.ts'

export interface ReadQuery {
  readonly sql: string
  readonly parameters: Readonly<Record<string, number | string>>
}

/** Prepares the reader: one statement for each shape of a request, kept. */
export function openReadEvents(database: Database): (request: ReadRequest) => EventRow[] {
  const statements = new Map<string, Statement>() // bounded by the shapes: 4 indexes, 2 orders, 2 further filters
  const spanOf = openPositionSpan(database)
  return (request) => {
    const { sql, parameters } = readQuery(request, spanOf(request))
    const statement = statements.get(sql) ?? database.prepare(sql).raw()
    statements.set(sql, statement)
    return statement.all(parameters) as EventRow[] // the columns of `columns`, in a STRICT table
  }
}

/** Positions from `first` to `last`, both included. */
interface PositionSpan {
  readonly first: number
  readonly last: number
}

const columns = 'position, stream, version, type, schema, at, actor, cause, data'
const msPerHour = 3_600_000

/**
 * The query for a request whose events lie in `span`. Each names its index, so that the plan cannot change with the data.
 * Within a stream the order of versions is that of positions, and it is the one that the index has.
 */
export function readQuery(request: ReadRequest, span: PositionSpan): ReadQuery {
  const { stream, provider, type, since, until, limit } = request
  const [index, key] =
    stream !== undefined
      ? ['INDEXED BY events_stream', 'version']
      : provider !== undefined
        ? ['INDEXED BY events_provider', 'position']
        : type !== undefined
          ? ['INDEXED BY events_type', 'position']
          : ['NOT INDEXED', 'position']
  const conditions = ['position BETWEEN @first AND @last']
  if (stream !== undefined) conditions.push('stream = @stream')
  if (provider !== undefined) conditions.push('provider = @provider')
  if (type !== undefined) conditions.push('type = @type')
  if (since !== undefined) conditions.push('at >= @since')
  if (until !== undefined) conditions.push('at <= @until')
  const order = request.order === 'desc' ? 'DESC' : 'ASC'
  const sql = `SELECT ${columns} FROM events ${index} WHERE ${conditions.join(' AND ')} ORDER BY ${key} ${order} LIMIT @limit`
  const given = Object.entries({ stream, provider, type, since, until }).filter(([, value]) => value !== undefined)
  return { sql, parameters: { ...span, limit, ...Object.fromEntries(given) } }
}

/** The narrowest span of positions that `after`, `since` and `until` leave. */
function openPositionSpan(database: Database): (request: ReadRequest) => PositionSpan {
  const firstSince = database.prepare('SELECT min(first_position) FROM event_hours WHERE hour >= ?').pluck()
  const lastUntil = database.prepare('SELECT max(last_position) FROM event_hours WHERE hour <= ?').pluck()
  const end = Number.MAX_SAFE_INTEGER
  return ({ after, since, until, order }) => {
    const descending = order === 'desc'
    const fromHour = since === undefined ? 0 : ((firstSince.get(hourOf(since)) as number | null) ?? end)
    const toHour = until === undefined ? end : ((lastUntil.get(hourOf(until)) as number | null) ?? 0)
    return {
      first: Math.max(fromHour, descending ? 1 : (after ?? 0) + 1),
      last: Math.min(toHour, descending ? (after ?? end) - 1 : end),
    }
  }
}

/** As the trigger in the database counts them: division of integers drops the fraction. */
function hourOf(epochMs: number): number {
  return Math.trunc(epochMs / msPerHour)
}
