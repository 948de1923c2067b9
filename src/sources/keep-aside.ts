// Moves a file that cannot be used out of the way, to where its owner finds it.
import { chmod, lstat, readdir, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { SettingsProblem } from '../domain/problem.ts'
import { errnoOf } from '../errors.ts'
import { settingsProblem } from './settings-problem.ts'

/** So many are kept of one file; a further one stays where it is, because nothing of anybody's is deleted here. */
const keptMax = 10

const asideName = /^(.+)\.broken-\d{8}-\d{6}(?:-\d+)?$/

/** The name that a file had before `keepAside`; null for one that it did not name. */
export function nameBeforeAside(name: string): string | null {
  return asideName.exec(name)?.[1] ?? null
}

/** What is told as long as the file waits for its owner; `path` is the one it had, `why` is null when nobody knows any more. */
export function asideProblem(path: string, name: string, why: string | null): SettingsProblem {
  const was = why === null ? 'one that could not be used' : `could not be used (${why}) and`
  const hint = `take from it what you need, then delete it: ${join(dirname(path), name)}`
  return settingsProblem(path, `${was} is kept as ${name}`, { hint })
}

/** The names among these that `keepAside` gave to a file of this name, oldest first. */
export function keptAside(names: readonly string[], name: string): string[] {
  return names.filter((each) => nameBeforeAside(each) === name).sort()
}

/**
 * Renames what lies at the path, whatever it is, to `<path>.broken-<YYYYMMDD-HHMMSS>` (UTC) with mode 0600. Returns the
 * new name, null when there are too many already. `now` is in epoch milliseconds.
 * @throws Error what the system says, such as EACCES
 */
export async function keepAside(path: string, now: number): Promise<string | null> {
  const kept = keptAside(await readdir(dirname(path)), basename(path))
  if (kept.length >= keptMax) return null
  const [date = '', time = ''] = new Date(now).toISOString().split(/[T.]/)
  const stamp = `${basename(path)}.broken-${date.replaceAll('-', '')}-${time.replaceAll(':', '')}`
  let name = stamp
  for (let further = 2; kept.includes(name); further += 1) name = `${stamp}-${further}`
  await makePrivate(path)
  await rename(path, join(dirname(path), name))
  return name
}

/** There may be a key in it. */
async function makePrivate(path: string): Promise<void> {
  if (!(await lstat(path)).isFile()) return
  try {
    await chmod(path, 0o600)
  } catch (error) {
    // Somebody else's file: its directory is private.
    if (errnoOf(error) !== 'EPERM') throw error
  }
}
