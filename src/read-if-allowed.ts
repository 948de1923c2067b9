// Looks at what lies elsewhere on the machine, as far as this user may: what is not there or not readable is nothing.
import { readdir, readFile, readlink } from 'node:fs/promises'
import { errnoOf } from './errors.ts'

export const namesIn = (path: string): Promise<readonly string[]> =>
  readdir(path).catch(orNothing<readonly string[]>([]))
export const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(orNothing(''))
export const linkOf = (path: string): Promise<string> => readlink(path).catch(orNothing(''))

/** Gone meanwhile, somebody else's, or not this kind of system. */
function orNothing<T>(nothing: T): (error: unknown) => T {
  return (error) => {
    if (errnoOf(error) === undefined) throw error
    return nothing
  }
}
