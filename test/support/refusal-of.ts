// The failure that something is refused with.
import { TraseError } from '../../src/errors.ts'

/** Throws when nothing is refused, or for another reason. */
export function refusalOf(act: () => unknown): TraseError {
  try {
    act()
  } catch (error) {
    if (error instanceof TraseError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
