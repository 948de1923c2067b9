// Refuses a secret that was typed as an argument.
import { TraseError } from '../errors.ts'

/** @param command what to type instead: it asks for the value, or reads it from standard input */
export function valueInArguments(command: string): TraseError {
  const message = 'a value on the command line can be seen by every user of this machine and stays in the shell history'
  return new TraseError('usage', message, { hint: `${command} asks for it, or: printf %s "$VALUE" | ${command}` })
}
