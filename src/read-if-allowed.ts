// Looks at what lies elsewhere on the machine, as far as this user may: what is not there or not readable is nothing.
import { access, readdir, readFile, readlink } from 'node:fs/promises'
import { errnoOf } from './errors.ts'

export const namesIn = (path: string): Promise<readonly string[]> => unlessRefused<readonly string[]>(readdir(path), [])
export const textOf = (path: string): Promise<string> => unlessRefused(readFile(path, 'utf8'), '')
export const linkOf = (path: string): Promise<string> => unlessRefused(readlink(path), '')
/** Null when there is nothing to read, which an empty file is not. */
export const textOrNull = (path: string): Promise<string | null> =>
  unlessRefused<string | null>(readFile(path, 'utf8'), null)
export const isThere = (path: string): Promise<boolean> =>
  unlessRefused(
    access(path).then(() => true),
    false,
  )

/** Gone meanwhile, somebody else's, or not this kind of system. */
async function unlessRefused<T>(looking: Promise<T>, nothing: T): Promise<T> {
  try {
    return await looking
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return nothing
  }
}
