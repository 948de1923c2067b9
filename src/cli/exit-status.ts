// The one place where a failure becomes a message on stderr and an exit status.
import { CommanderError } from 'commander'
import { errorCatalogue, messageOf, TraseError, type ErrorName } from '../errors.ts'
import { printable } from './render/printable.ts'

export const exitStatus = { ok: 0, interrupted: 130 } as const

interface Failure {
  readonly code: ErrorName
  readonly message: string
  readonly hint: string | undefined
  readonly data?: Readonly<Record<string, unknown>> | undefined
}

export interface FailureReport {
  readonly status: number
  /** For stderr, newline included; empty when everything has been said. */
  readonly text: string
}

/**
 * What stderr says about a failure, and the exit status from the catalogue.
 * @param helpCommand what shows the help of the command that was typed, for usage errors
 */
export function reportFailure(thrown: unknown, options: { json: boolean; helpCommand: string }): FailureReport {
  // Help and version were asked for and have been written; help for want of a subcommand goes to stderr and is a usage error.
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return { status: exitStatus.ok, text: '' }
  const { usage } = errorCatalogue
  if (thrown instanceof CommanderError && thrown.code === 'commander.help') {
    return { status: usage.exitStatus, text: '' }
  }

  const failure = describe(thrown, options.helpCommand)
  return {
    status: errorCatalogue[failure.code].exitStatus,
    text: options.json ? `${JSON.stringify({ error: failure })}\n` : asText(failure),
  }
}

function describe(thrown: unknown, helpCommand: string): Failure {
  if (thrown instanceof TraseError) {
    const { code, message, hint, data } = thrown
    return { code, message, hint, data }
  }
  if (thrown instanceof CommanderError) return describeUsage(thrown.message, helpCommand)
  return { code: 'internal', message: `internal error: ${messageOf(thrown)}`, hint: errorCatalogue.internal.hint }
}

/** Commander says `error: unknown option '--jsn'\n(Did you mean --json?)`. */
function describeUsage(text: string, helpCommand: string): Failure {
  const [first = '', second = ''] = text.split('\n')
  // A value after `=` may be a secret that somebody tried to pass.
  const message = first.replace(/^error: /, '').replace(/(unknown option '[^'=]*)=.*'/, "$1'")
  const suggestion = /^\(Did you mean (.*)\?\)$/.exec(second)?.[1]
  return { code: 'usage', message, hint: suggestion ? `did you mean ${suggestion}?` : `see: ${helpCommand}` }
}

function asText({ message, hint }: Failure): string {
  const lines = [`traseai: ${message}`, ...(hint === undefined ? [] : [`hint: ${hint}`])]
  return `${printable(lines.join('\n'))}\n`
}
