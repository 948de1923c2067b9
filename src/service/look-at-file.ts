// Looks at files that may not be there, or are not for this user: to a question about a service both are the answer no.
import { access, readFile } from 'node:fs/promises'
import { errnoOf } from '../errors.ts'

/** Null when it is not there, or cannot be read by this user. */
export async function textOrNull(path: string): Promise<string | null> {
  return (await unlessRefused(readFile(path, 'utf8'))) ?? null
}

/** False also where this user may not look. */
export async function isThere(path: string): Promise<boolean> {
  return (await unlessRefused(access(path).then(() => true))) ?? false
}

async function unlessRefused<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return undefined
  }
}
