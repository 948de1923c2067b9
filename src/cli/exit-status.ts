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
 * @param options `usageHint` says what to type instead of a command line that the parser refused
 */
export function reportFailure(
  thrown: unknown,
  options: { readonly json: boolean; usageHint(refusal: CommanderError): string },
): FailureReport {
  // Help and version were asked for and have been written; help for want of a subcommand goes to stderr and is a usage error.
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return { status: exitStatus.ok, text: '' }
  const { usage } = errorCatalogue
  if (thrown instanceof CommanderError && thrown.code === 'commander.help') {
    return { status: usage.exitStatus, text: '' }
  }

  const failure = describe(thrown, (refusal) => options.usageHint(refusal))
  return {
    status: errorCatalogue[failure.code].exitStatus,
    text: options.json ? `${JSON.stringify({ error: failure })}\n` : asText(failure),
  }
}

function describe(thrown: unknown, usageHint: (refusal: CommanderError) => string): Failure {
  if (thrown instanceof TraseError) {
    const { code, message, hint, data } = thrown
    return { code, message, hint, data }
  }
  if (thrown instanceof CommanderError) {
    return { code: 'usage', message: refusalOf(thrown.message), hint: usageHint(thrown) }
  }
  return { code: 'internal', message: `internal error: ${messageOf(thrown)}`, hint: errorCatalogue.internal.hint }
}

/** The first line of what commander says. A value after `=` may be a secret that somebody tried to pass. */
function refusalOf(text: string): string {
  const [first = ''] = text.split('\n')
  return first.replace(/^error: /, '').replace(/(unknown option '[^'=]*)=.*'/, "$1'")
}

function asText({ message, hint }: Failure): string {
  const lines = [`traseai: ${message}`, ...(hint === undefined ? [] : [`hint: ${hint}`])]
  return `${printable(lines.join('\n'))}\n`
}
