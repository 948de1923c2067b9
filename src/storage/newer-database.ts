// Puts into words that a database is of a newer program: whose, since when, and the two ways out.
import type { Database } from 'better-sqlite3'
import { TraseError } from '../errors.ts'
import { version as programVersion } from '../version.ts'
import { copiesDirectory } from './database-copies.ts'
import { lastProgram } from './last-program.ts'
import { type Loss, wayBack } from './way-back.ts'

/** The newest migration of a database, as its own table says. */
interface NewestMigration {
  readonly number: number
  readonly program: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/**
 * The refusal `database_newer`: which program wrote the database and when, which one opens it, and which copy from before
 * its upgrade there is to go back to. Its `data` says the same to programs. Reads only.
 */
export function newerDatabase(database: Database, newest: NewestMigration, schemaMax: number): TraseError {
  const used = lastProgram(database)
  const last = used && used.version !== newest.program ? `, last used by ${used.version} on ${dayOf(used.at)}` : ''
  const message =
    `${database.name} has schema ${newest.number}, written by TraseAI ${newest.program} on ${dayOf(newest.at)}${last}; ` +
    `this is TraseAI ${programVersion}, which knows schemas up to ${schemaMax}`
  const opener = used?.version ?? newest.program
  const forward = `install that version again: npm install --global traseai@${opener}`
  const way = wayBack(database, schemaMax)
  const back = way
    ? `or go back to ${way.copy.path}, the copy that was made on ${dayOf(way.copy.madeAt)} before the upgrade, ` +
      `${lossWords(way.loss)}: traseai gateway rollback`
    : `there is no copy in ${copiesDirectory(database.name)} that this version could go back to; another TRASEAI_HOME begins anew`
  return new TraseError('database_newer', message, {
    hint: `${forward}; ${back}`,
    data: {
      schema: newest.number,
      schemaMax,
      version: opener,
      copy: way && { path: way.copy.path, schema: way.copy.schema, madeAt: new Date(way.copy.madeAt).toISOString() },
      loss: way?.loss ?? null,
    },
  })
}

function lossWords(loss: Loss | null): string {
  if (loss === null) return 'without what happened since'
  const { events, secrets, otherMasterKey } = loss
  const counted = [
    `${events} ${events === 1 ? 'event' : 'events'}`,
    `${secrets} stored ${secrets === 1 ? 'secret' : 'secrets'}`,
  ]
  const key = otherMasterKey ? ' (its secrets need the master key from before the last rekey)' : ''
  return `without ${counted.join(' and ')} since${key}`
}

/** `2026-11-22`, in UTC as in the names of copies. */
function dayOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10)
}
