// Looks up which program used a database last: in its own history, since a migration only says who came first.
import type { Database } from 'better-sqlite3'

export interface LastProgram {
  /** A version, such as `0.2.0`. */
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Semantic versioning's characters: such a text may stand in a file name and in a command to type. */
const versionPattern = /^[0-9A-Za-z.+-]{1,64}$/

/** The gateway that began to serve on this database last; null when none ever did, or when it cannot be told. */
export function lastProgram(database: Database): LastProgram | null {
  const select = database.prepare(
    `SELECT json_extract(data, '$.version') AS version, at FROM events
     WHERE type = 'GatewayStarted' ORDER BY position DESC LIMIT 1`,
  )
  const row = select.get() as { version: unknown; at: number } | undefined // a STRICT table; what is in data may be anything
  return row && typeof row.version === 'string' && versionPattern.test(row.version)
    ? { version: row.version, at: row.at }
    : null
}
