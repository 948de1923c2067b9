// What a failure is that two versions of the program at one socket have led to.
import { messageOf, TraseError } from '../errors.ts'
import { version } from '../version.ts'

/** A failure that has most likely come of two versions that do not know each other. */
export function otherProgram(theirs: string, cause: unknown): TraseError {
  const message = `the gateway that runs is ${theirs} and this is version ${version}: ${messageOf(cause)}`
  return new TraseError('program_replaced', message, { cause })
}
