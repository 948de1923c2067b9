// The one place where a failure becomes a message on stderr and an exit status.
import { CommanderError } from 'commander'
import { errorCatalogue, messageOf, TraseError, type ErrorName } from '../errors.ts'
import { forHome } from './render/for-home.ts'
import { printable } from './render/printable.ts'
import { withoutKeys } from '../domain/keys-in-text.ts'
import { wrapNote } from './render/wrap-note.ts'

export const exitStatus = { ok: 0, interrupted: 130 } as const

/** Commander's name for a group of commands that was typed without one of them; it writes the help of the group. */
const commandMissing = 'commander.help'

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

export interface FailureOptions {
  readonly json: boolean
  /** What --home names, absolute; undefined without one. */
  home(): string | undefined
  /** Columns of the terminal on stderr, null when it is none. */
  width(): number | null
  /** What to type instead of a command line that the parser refused. */
  usageHint(refusal: CommanderError): string
}

/** What stderr says about a failure, and the exit status from the catalogue. */
export function reportFailure(thrown: unknown, options: FailureOptions): FailureReport {
  // Help and version were asked for and have been written; help for want of a subcommand goes to stderr and is a usage error.
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return { status: exitStatus.ok, text: '' }
  const { usage } = errorCatalogue
  if (thrown instanceof CommanderError && thrown.code === commandMissing && !options.json) {
    return { status: usage.exitStatus, text: '' }
  }

  const { hint, ...said } = describe(thrown, (refusal) => options.usageHint(refusal))
  const failure = { ...said, hint: hint === undefined ? hint : forHome(hint, options.home()) }
  return {
    status: errorCatalogue[failure.code].exitStatus,
    text: options.json ? `${withoutKeys(JSON.stringify({ error: failure }))}\n` : asText(failure, options.width()),
  }
}

function describe(thrown: unknown, usageHint: (refusal: CommanderError) => string): Failure {
  if (thrown instanceof TraseError) {
    const { code, message, hint, data } = thrown
    return { code, message, hint, data }
  }
  if (thrown instanceof CommanderError) {
    const message = thrown.code === commandMissing ? 'which command?' : refusalOf(thrown.message)
    return { code: 'usage', message, hint: usageHint(thrown) }
  }
  return { code: 'internal', message: `internal error: ${messageOf(thrown)}`, hint: errorCatalogue.internal.hint }
}

/** The first line of what commander says. A value after `=` may be a secret that somebody tried to pass. */
function refusalOf(text: string): string {
  const [first = ''] = text.split('\n')
  return first.replace(/^error: /, '').replace(/(unknown option '[^'=]*)=.*'/, "$1'")
}

function asText({ message, hint }: Failure, width: number | null): string {
  const lines = [`traseai: ${message}`, ...(hint === undefined ? [] : [`hint: ${hint}`])]
  return `${wrapNote(printable(withoutKeys(lines.join('\n'))), width)}\n`
}
