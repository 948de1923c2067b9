// The names of what a restore leaves beside a home, or in it, while it is under way: for whoever makes, clears up or refuses them.
import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errnoOf } from '../errors.ts'

/** While it is in a folder, that is nobody's home. */
export const unfinishedMark = '.restore-unfinished'

const suffix = /\.restoring-[0-9a-f]{12}$/

/** `.traseai.restoring-0123456789ab` in the folder that holds the home, or in the home itself. */
export function restoringPath(home: string, folder: string, random: string): string {
  return join(folder, `${prefixOf(home)}${random}`)
}

/** The folders of all restores of a home, under way or ended in the middle. What cannot be listed is not ours to clear up. */
export function restoringPaths(home: string): string[] {
  return [dirname(home), home].flatMap((folder) => {
    try {
      const names = readdirSync(folder).filter((name) => name.startsWith(prefixOf(home)) && suffix.test(name))
      return names.map((name) => join(folder, name))
    } catch (error) {
      if (errnoOf(error) === undefined) throw error
      return []
    }
  })
}

/** Whole homes that a kill has left between the last steps of a restore, for people to look at. */
export function strayHomes(home: string): string[] {
  return restoringPaths(home).filter((path) => !existsSync(join(path, unfinishedMark)))
}

/** `<home>.before-restore-<YYYYMMDD-HHMMSS>`, UTC: where an old home is kept. `now` is in epoch milliseconds. */
export function asidePath(base: string, now: number): string {
  const [date = '', time = ''] = new Date(now).toISOString().split(/[T.]/)
  const stamp = `${base}before-restore-${date.replaceAll('-', '')}-${time.replaceAll(':', '')}`
  for (let further = 1; ; further += 1) {
    const path = further === 1 ? stamp : `${stamp}-${further}`
    if (!existsSync(path)) return path
  }
}

function prefixOf(home: string): string {
  return `.${basename(home).replace(/^\./, '')}.restoring-`
}
