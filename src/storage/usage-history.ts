// Keeps what model requests took: adds to the rows of an hour, makes days of old hours, and answers what was used.
import type { Database, Statement } from 'better-sqlite3'
import {
  type UsageCounter,
  usageCounters,
  type UsageCounts,
  type UsageGroup,
  usageGroupings,
  type UsageKey,
  type UsageQuestion,
  type UsageRow,
} from '../domain/usage.ts'

/** Hours stay apart for so long, then they are days. */
const hourlyDays = 31
const dailyDays = 400
/** Groups of one answer; the largest ones. */
const groupsMax = 1_000

const keyColumns = {
  provider: 'provider',
  profileId: 'profile_id',
  model: 'model',
  agent: 'agent',
  client: 'client',
} as const
const keys = Object.entries(keyColumns) as [keyof UsageKey, string][] // the members of the table above

/** `inputTokens` is `input_tokens`, `first100` is `first_100`. */
const columnOf = (counter: UsageCounter): string =>
  counter.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^first(?=\d)/, 'first_')
const columns = usageCounters.map(columnOf)
const sums = usageCounters.map((counter) => `sum(${columnOf(counter)}) AS ${counter}`).join(', ')
const additions = columns.map((column) => `${column} = ${column} + excluded.${column}`).join(', ')
const keyNames = keys.map(([, column]) => column).join(', ')

/** Prepares the writer: adds rows in one commit, and once an hour clears up what is old. */
export function openSaveUsageHistory(database: Database): (rows: readonly UsageRow[]) => void {
  const add = database.prepare(
    `INSERT INTO usage_history (start, hours, ${keyNames}, ${columns.join(', ')})
     VALUES (@start, 1, ${keys.map(([name]) => `@${name}`).join(', ')}, ${usageCounters.map((name) => `@${name}`).join(', ')})
     ON CONFLICT DO UPDATE SET ${additions}`,
  )
  const clear = openClear(database)
  let clearedHour = 0
  const save = database.transaction((rows: readonly UsageRow[]) => {
    for (const { counts, ...key } of rows) add.run({ ...key, ...counts })
    const newest = rows.reduce((hour, { start }) => Math.max(hour, start), 0)
    if (newest <= clearedHour) return
    clear(newest)
    clearedHour = newest
  })
  return (rows) => save.immediate(rows)
}

function openClear(database: Database): (hour: number) => void {
  const toDays = database.prepare(
    `INSERT INTO usage_history (start, hours, ${keyNames}, ${columns.join(', ')})
     SELECT start / 24 * 24, 24, ${keyNames}, ${columns.map((column) => `sum(${column})`).join(', ')}
     FROM usage_history WHERE hours = 1 AND start < @before GROUP BY start / 24, ${keyNames}
     ON CONFLICT DO UPDATE SET ${additions}`,
  )
  const dropHours = database.prepare('DELETE FROM usage_history WHERE hours = 1 AND start < @before')
  const dropDays = database.prepare('DELETE FROM usage_history WHERE start < @before')
  return (hour) => {
    const today = Math.floor(hour / 24)
    toDays.run({ before: (today - hourlyDays) * 24 })
    dropHours.run({ before: (today - hourlyDays) * 24 })
    dropDays.run({ before: (today - dailyDays) * 24 })
  }
}

/** Prepares the reader; the largest groups first. */
export function openReadUsageHistory(database: Database): (question: UsageQuestion) => UsageGroup[] {
  const statements = new Map<string, Statement>() // bounded by the groupings and the filters
  return ({ from, to, only, by, utcOffsetMinutes }) => {
    const filters = keys
      .filter(([name]) => only[name] !== undefined)
      .map(([name, column]) => `AND ${column} = @${name}`)
    const members = usageGroupings[by].map((name) => `${name === 'day' ? dayColumn : keyColumns[name]} AS ${name}`)
    const sql = `SELECT ${members.join(', ')}, ${sums} FROM usage_history
      WHERE start BETWEEN @from AND @to ${filters.join(' ')}
      GROUP BY ${usageGroupings[by].join(', ')} ORDER BY requests DESC LIMIT ${groupsMax}`
    const statement = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, statement)
    const rows = statement.all({ from, to, ...only, ...(by === 'day' && { offset: utcOffsetMinutes }) })
    return rows.map((row) => groupOf(row as UsageCounts & UsageGroup['key'], by)) // the columns named above
  }
}

/** As `dayOf` counts them; times are long past 1970, so a quotient of whole numbers is its floor, and a bound number is none of them. */
const dayColumn = 'CAST((start + CASE hours WHEN 24 THEN 12 ELSE 0 END) * 60 + @offset AS INTEGER) / 1440'

function groupOf(row: UsageCounts & UsageGroup['key'], by: UsageQuestion['by']): UsageGroup {
  const key = Object.fromEntries(usageGroupings[by].map((name) => [name, row[name]]))
  const counts = Object.fromEntries(usageCounters.map((counter) => [counter, row[counter]])) as UsageCounts // of its members
  return { key, counts }
}
