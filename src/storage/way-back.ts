// What there is to go back to from a database that this program cannot read, and what would be lost on the way.
import Sqlite, { type Database } from 'better-sqlite3'
import { connectDatabase } from './connect-database.ts'
import { copiesDirectory, type DatabaseCopy, listCopies } from './database-copies.ts'
import { installationOf } from './installation-key.ts'
import { openLastPosition } from './last-position.ts'

export interface WayBack {
  readonly copy: DatabaseCopy
  /** Null where it cannot be told: the tables of a newer schema may be others, or the copy is of another history. */
  readonly loss: Loss | null
}

/** What is in the database and not in the copy. */
export interface Loss {
  readonly events: number
  /** Stored secrets that were added or replaced. */
  readonly secrets: number
  /** The secrets in the copy are sealed under another master key than those in the database. */
  readonly otherMasterKey: boolean
}

/**
 * The newest copy that a program which knows schemas up to `schemaMax` can open; null when there is none. One that this very
 * database began as goes before others, which somebody going back and forth may have left. Reads only.
 */
export function wayBack(database: Database, schemaMax: number): WayBack | null {
  const copies = listCopies(copiesDirectory(database.name)).filter(
    ({ schema, setAside }) => schema <= schemaMax && !setAside,
  )
  const ways = copies.map((copy) => ({ copy, loss: lossOf(database, copy.path) }))
  return ways.findLast(({ loss }) => loss !== null) ?? ways.at(-1) ?? null
}

/** The same for a database that nobody has open. @throws TraseError `storage_failed` and the like */
export function wayBackFrom(databasePath: string, schemaMax: number): WayBack | null {
  const database = connectDatabase(databasePath, { readonly: true, fileMustExist: true })
  try {
    return wayBack(database, schemaMax)
  } finally {
    database.close()
  }
}

/** What `database` has and the copy at `copyPath` has not; null where that cannot be told. Reads only. */
export function lossOf(database: Database, copyPath: string): Loss | null {
  try {
    const copy = connectDatabase(copyPath, { readonly: true, fileMustExist: true })
    try {
      const [then, now] = [contentsOf(copy), contentsOf(database)]
      if (installationOf(copy) !== installationOf(database) || !isSameEvent(copy, database, then.events)) return null
      return {
        events: Math.max(now.events - then.events, 0),
        secrets: [...now.secrets].filter((secret) => !then.secrets.has(secret)).length,
        otherMasterKey: then.masterKey !== null && then.masterKey !== now.masterKey,
      }
    } finally {
      copy.close()
    }
  } catch (error) {
    if (error instanceof Sqlite.SqliteError) return null
    throw error
  }
}

/** Two histories that agree on the last event of one agree on all before it. */
function isSameEvent(one: Database, other: Database, position: number): boolean {
  const query = 'SELECT stream, version, type, at, actor, data FROM events WHERE position = ?'
  const [row, same] = [one, other].map((database) => database.prepare(query).raw().get(position))
  return JSON.stringify(row) === JSON.stringify(same)
}

interface Contents {
  readonly events: number
  /** Ids and fingerprints. */
  readonly secrets: ReadonlySet<string>
  readonly masterKey: string | null
}

function contentsOf(database: Database): Contents {
  const events = openLastPosition(database)()
  const tables = database.prepare("SELECT count(*) FROM sqlite_schema WHERE name IN ('secrets', 'vault_key')").pluck()
  if (tables.get() !== 2) return { events, secrets: new Set(), masterKey: null } // from before there was a vault
  const secrets = database.prepare("SELECT profile_id || ' ' || fingerprint FROM secrets").pluck().all()
  const masterKey = database.prepare('SELECT max(key_id) FROM vault_key').pluck().get()
  return { events, secrets: new Set(secrets as string[]), masterKey: masterKey as string | null } // STRICT tables hold what their columns say
}
