// Brings a database to this program's schema: numbered SQL files, each applied exactly once, whoever comes first.
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { TraseError } from '../errors.ts'
import { version as programVersion } from '../version.ts'
import { copyBeforeUpgrade } from './copy-before-upgrade.ts'
import { newerDatabase } from './newer-database.ts'

export interface Migration {
  readonly number: number
  /** File name without `.sql`. */
  readonly name: string
  readonly sql: string
  /** SHA-256 of the file, line ends as `\n`, in hex. */
  readonly checksum: string
}

interface AppliedMigration {
  readonly number: number
  readonly name: string
  readonly checksum: string
  readonly program: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

const fileNamePattern = /^(\d{4})_[a-z0-9_]+\.sql$/

/**
 * The migrations of `directory` in order of number.
 * @throws TraseError `file_unreadable` for a directory that cannot be read, or numbers that are not 1, 2, 3 …
 */
export function readMigrations(directory: string): Migration[] {
  const names = listDirectory(directory).filter((name) => fileNamePattern.test(name))
  const migrations = names.sort().map((name) => readMigration(directory, name))
  const outOfPlace = migrations.find(({ number }, index) => number !== index + 1)
  if (outOfPlace || migrations.length === 0) {
    const found = outOfPlace ? `${outOfPlace.name}.sql does not follow on the one before` : 'there are none'
    throw brokenInstallation(`the migrations in ${directory} are not 0001, 0002 and so on: ${found}`)
  }
  return migrations
}

/**
 * Refuses a database that this program must not write to. Reads only.
 * @throws TraseError `database_newer`, `file_unreadable` for a migration whose text changed after it was applied
 */
export function checkMigrations(database: Database, migrations: readonly Migration[]): void {
  const applied = appliedMigrations(database)
  const newest = applied.at(-1)
  if (newest && newest.number > migrations.length) {
    throw newerDatabase(database, newest, migrations.length)
  }
  for (const { number, name, checksum } of applied) {
    const migration = migrations[number - 1]
    if (migration?.checksum === checksum) continue
    throw brokenInstallation(`migration ${name}.sql is not the one that ${database.name} was made with`)
  }
}

/** What an upgrade changed. */
export interface Upgrade {
  /** The number of the newest migration before and after it. */
  readonly from: number
  readonly to: number
  /** The copy that was made before. */
  readonly copy: string
}

/**
 * Applies what is missing, all of it in one transaction, after a copy of what is there: a kill at any moment leaves either
 * schema, whole. A second program that starts at the same time waits for the lock, and finds nothing left to do.
 * @returns null when it made a new database, or had nothing to do
 * @throws TraseError see `checkMigrations`, which runs again behind the lock, and `copyBeforeUpgrade`
 */
export function migrate(database: Database, migrations: readonly Migration[], appliedAt: number): Upgrade | null {
  const insert = 'INSERT INTO migrations VALUES (?, ?, ?, ?, ?)'
  const upgrade = database.transaction((): Upgrade | null => {
    checkMigrations(database, migrations)
    const newest = newestSchema(database)
    const from = newest?.number ?? 0
    const missing = migrations.slice(from)
    if (missing.length === 0) return null
    const copy = newest ? copyBeforeUpgrade(database, { schema: from, program: newest.program, now: appliedAt }) : null
    database.exec(migrationsTable)
    for (const { number, name, checksum, sql } of missing) {
      database.prepare(insert).run(number, name, checksum, programVersion, appliedAt)
      database.exec(sql)
    }
    return copy === null ? null : { from, to: migrations.length, copy }
  })
  return upgrade.immediate()
}

const migrationsTable = `
  CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    program TEXT NOT NULL, -- version of the program that applied it
    at INTEGER NOT NULL -- milliseconds since 1970
  ) STRICT`

/** True when `migrate` would have nothing to do. Reads only. */
export function isMigrated(database: Database, migrations: readonly Migration[]): boolean {
  return appliedMigrations(database).length === migrations.length
}

/** The newest migration that the database has; undefined before the first. Reads only. */
export function newestSchema(database: Database): AppliedMigration | undefined {
  return appliedMigrations(database).at(-1)
}

function appliedMigrations(database: Database): AppliedMigration[] {
  const tables = database.prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'")
  if (tables.pluck().get() === 0) return []
  const rows = database.prepare('SELECT number, name, checksum, program, at FROM migrations ORDER BY number')
  return rows.all() as AppliedMigration[] // a STRICT table holds what its columns say
}

function listDirectory(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    throw brokenInstallation(`cannot read the migrations in ${directory}`, error)
  }
}

function readMigration(directory: string, fileName: string): Migration {
  const sql = readFileSync(join(directory, fileName), 'utf8').replaceAll('\r\n', '\n')
  const checksum = createHash('sha256').update(sql).digest('hex')
  return { number: Number(fileName.slice(0, 4)), name: fileName.slice(0, -'.sql'.length), sql, checksum }
}

function brokenInstallation(message: string, cause?: unknown): TraseError {
  return new TraseError('file_unreadable', message, { cause, hint: 'install TraseAI again' })
}
