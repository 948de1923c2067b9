// The copies of the database that are made before an upgrade: what they are called, which there are, and how long they stay.
import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errnoOf } from '../errors.ts'

/** How many copies are kept: the newest. */
export const copiesMax = 3
/** How long a copy is kept. A secret that was destroyed since lives on in it, sealed, for so long and no longer. */
export const copyMsMax = 30 * 86_400_000

export interface DatabaseCopy {
  readonly path: string
  /** The number of its newest migration. */
  readonly schema: number
  /** The version of the program that used the database last, and can open this copy. */
  readonly program: string
  /** Milliseconds since the epoch. */
  readonly madeAt: number
  /** A database that was set aside for a copy: nothing else holds what is in it, so it stays until a person removes it. */
  readonly setAside: boolean
}

const namePattern = /^traseai-schema(\d{1,4})-(.+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(\.set-aside)?\.db$/
/** What a kill in the middle of making one leaves behind. */
const unfinishedPattern = /^traseai-schema.+\.db\.[0-9a-f]{12}\.new(-journal)?$/

/** The directory of the copies of the database at `databasePath`. */
export function copiesDirectory(databasePath: string): string {
  return join(dirname(databasePath), 'backups')
}

/** `traseai-schema6-0.1.0-20261122T194500Z.db`; a version has no character that a file name may not have. */
export function copyName({ schema, program, madeAt, setAside }: Omit<DatabaseCopy, 'path'>): string {
  const time = new Date(madeAt).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  return `traseai-schema${schema}-${program}-${time}${setAside ? '.set-aside' : ''}.db`
}

/** The oldest first; none when there is no such directory. @throws the system's error for one that cannot be read */
export function listCopies(directory: string): readonly DatabaseCopy[] {
  const copies = namesIn(directory).flatMap((name) => copyOf(directory, name) ?? [])
  return copies.sort((one, other) => one.madeAt - other.madeAt)
}

/** The copy that a file name tells of; null for any other file. */
export function copyOf(directory: string, name: string): DatabaseCopy | null {
  const [, schema, program = '', year, month, day, hour, minute, second, aside] = namePattern.exec(name) ?? []
  if (schema === undefined) return null
  const madeAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(madeAt)) return null
  return { path: join(directory, name), schema: Number(schema), program, madeAt, setAside: aside !== undefined }
}

/** Removes all but the newest three, and those that are older than 30 days; never one of `keep`. Gives what it removed. */
export function removeOldCopies(directory: string, now: number, keep: readonly string[] = []): readonly DatabaseCopy[] {
  const copies = listCopies(directory).filter(({ setAside }) => !setAside)
  const old = copies.filter(
    ({ path, madeAt }, index) =>
      (index < copies.length - copiesMax || now - madeAt > copyMsMax) && !keep.includes(path),
  )
  for (const { path } of old) rmSync(path, { force: true })
  return old
}

/** For whoever is alone in the home: a half-made copy is of no use, and may be large. */
export function removeUnfinishedCopies(directory: string): void {
  for (const name of namesIn(directory)) {
    if (unfinishedPattern.test(name)) rmSync(join(directory, name), { force: true })
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  }
}
