// Lists everything in the home, as far as it can be read: what each thing is, whose, and who else may touch it.
import { lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf } from '../errors.ts'

export interface HomeEntry {
  readonly path: string
  readonly name: string
  readonly kind: 'file' | 'directory' | 'socket' | 'link' | 'other'
  readonly uid: number
  /** The permission bits; of a link those of what it leads to. */
  readonly mode: number
  /** Epoch milliseconds. */
  readonly changedAt: number
}

const depthMax = 6
const entriesMax = 5_000

/** Without the home itself. What vanishes meanwhile is left out. @throws the system's error for a home that cannot be read */
export async function homeEntries(home: string): Promise<readonly HomeEntry[]> {
  const found: HomeEntry[] = []
  const waiting = [{ directory: home, depth: 1 }]
  for (const { directory, depth } of waiting) {
    for (const name of await namesIn(directory, directory === home)) {
      const entry = await entryAt(join(directory, name), name)
      if (!entry) continue
      found.push(entry)
      if (found.length === entriesMax) return found
      if (entry.kind === 'directory' && depth < depthMax) waiting.push({ directory: entry.path, depth: depth + 1 })
    }
  }
  return found
}

/** None for a directory below the home that this user may not read: its mode is a finding of its own. */
async function namesIn(directory: string, isHome: boolean): Promise<readonly string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (isHome && errnoOf(error) !== 'ENOENT') throw error
    if (errnoOf(error) !== undefined) return []
    throw error
  }
}

async function entryAt(path: string, name: string): Promise<HomeEntry | null> {
  try {
    const own = await lstat(path)
    const isLink = own.isSymbolicLink()
    const stats = isLink ? await stat(path) : own
    const kind = isLink ? 'link' : kindOf(stats)
    return { path, name, kind, uid: stats.uid, mode: stats.mode & 0o7777, changedAt: own.mtimeMs }
  } catch (error) {
    if (errnoOf(error) !== undefined) return null // gone, or a link to nothing
    throw error
  }
}

function kindOf(stats: { isFile(): boolean; isDirectory(): boolean; isSocket(): boolean }): HomeEntry['kind'] {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  return stats.isSocket() ? 'socket' : 'other'
}

/** `0644`, as chmod takes it. */
export function modeText(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}
