// Tells one file or directory from another that comes to lie at its path.
import { stat } from 'node:fs/promises'
import { errnoOf } from '../errors.ts'

/** Device and inode, links followed; null when nothing can be seen there. */
export async function identityOf(path: string): Promise<string | null> {
  try {
    const { dev, ino } = await stat(path, { bigint: true })
    return `${dev}:${ino}`
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return null
  }
}
