// Sets of migrations that programs of other times have: fewer than today's, or more.
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { migrationsDir, temporaryDirectory } from './temporary-log.ts'

const names = readdirSync(migrationsDir).sort()

/** How many today's program knows. */
export const schemaToday = names.length

/** The names of today's migrations, without `.sql`. */
export const migrationNames = names.map((name) => name.replace('.sql', ''))

/** A copy of today's migrations with one file more, or another one in place of its own. */
export function migrationsWith(name: string, sql: string): string {
  const directory = join(temporaryDirectory(), 'migrations')
  cpSync(migrationsDir, directory, { recursive: true })
  writeFileSync(join(directory, name), sql)
  return directory
}

/** The migrations of a program that has some more, each with a table of its own; the last one may end in other SQL. */
export function laterMigrations(more = 1, last = ''): string {
  const directory = migrationsWith(nameOf(schemaToday + more), `${sqlOf(schemaToday + more)}${last}`)
  for (let number = schemaToday + 1; number < schemaToday + more; number += 1) {
    writeFileSync(join(directory, nameOf(number)), sqlOf(number))
  }
  return directory
}

/** The first migrations, as a program knew them that had no others. */
export function earlierMigrations(count: number): string {
  const directory = join(temporaryDirectory(), 'migrations')
  cpSync(migrationsDir, directory, { recursive: true })
  for (const name of names.slice(count)) rmSync(join(directory, name))
  return directory
}

function nameOf(number: number): string {
  return `${String(number).padStart(4, '0')}_more.sql`
}

function sqlOf(number: number): string {
  return `CREATE TABLE more_${number} (id INTEGER PRIMARY KEY) STRICT; INSERT INTO more_${number} VALUES (NULL);`
}
