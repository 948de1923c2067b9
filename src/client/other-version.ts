// Two versions of the program at one socket: which the other end is, and what that makes of a call that it did not understand.
import { messageOf, TraseError } from '../errors.ts'
import { version } from '../version.ts'

/** The answer to a greeting in words; null when the gateway is of this very version. Older ones answer without theirs. */
export function otherThanOurs(said: unknown): string | null {
  const theirs = typeof said === 'object' && said !== null && 'version' in said ? said.version : null
  if (theirs === version) return null
  return typeof theirs === 'string' ? `version ${theirs}` : 'an older version'
}

/** A request that the gateway could make nothing of: no such method, or other parameters. */
export function isMisunderstood(error: unknown): error is TraseError {
  return error instanceof TraseError && typeof error.data?.['rpcCode'] === 'number'
}

/** A failure that has most likely come of two versions that do not know each other. */
export function otherProgram(theirs: string, cause: unknown): TraseError {
  const message = `the gateway that runs is ${theirs} and this is version ${version}: ${messageOf(cause)}`
  return new TraseError('program_replaced', message, { cause })
}
