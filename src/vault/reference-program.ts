// Runs the program of an `exec:` reference and takes what it prints, or says in words why there is nothing to take.
import { withoutSecrets } from '../domain/keys-in-text.ts'
import { errnoOf, messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import { pickVariables, type ProgramEnd, runProgram } from '../run-program.ts'
import type { ReferencedText } from './reference-file.ts'

const timeoutMs = 10_000
const outputBytesMax = 65_536
/** Of the first line of what it says on standard error. */
const complaintCharactersMax = 200
/** Letters and digits mixed, at a length that no word of a message has: a program may say what it was given. */
const couldBeSecret = /(?=[A-Za-z_+=-]*\d)(?=[\d_+=-]*[A-Za-z])[A-Za-z0-9_+=-]{12,}/g
/** What a password manager needs to find its store and its agent; nothing that could be a key goes along. */
const inherited = /^(PATH|HOME|LANG|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS)$/

export interface ReferencedProgram {
  readonly program: string
  readonly args: readonly string[]
}

/** What the program prints on standard output, when it ends with status 0. It is ended after 10 s, and when `signal` aborts. */
export async function runReferencedProgram(
  host: Pick<Host, 'env' | 'setTimer' | 'spawn' | 'killGroup'>,
  { program, args }: ReferencedProgram,
  signal: AbortSignal,
): Promise<ReferencedText> {
  const env = pickVariables(host.env, inherited)
  const ran = await runProgram(host, { program, args, env, timeoutMs, outputBytesMax, signal })
  if (!('output' in ran)) return { ok: false, reason: noOutput(ran) }
  try {
    if (ran.end === 'enough' || ran.status === 0) return { ok: true, text: ran.output.toString('utf8') }
    const how = ran.status === null ? ran.killedBy : `status ${ran.status}`
    return { ok: false, reason: `ended with ${how}${firstLine(ran.complaint)}` }
  } finally {
    ran.output.fill(0)
  }
}

function noOutput(ran: Exclude<ProgramEnd, { output: Buffer }>): string {
  switch (ran.end) {
    case 'late':
      return `did not finish within ${timeoutMs / 1_000} s`
    case 'flooded':
      return `printed more than ${outputBytesMax} bytes`
    case 'aborted':
      return 'was ended: the gateway stops'
    case 'not_started':
      return `could not be started: ${startFailures[errnoOf(ran.error) ?? ''] ?? messageOf(ran.error)}`
  }
}

/** `: gpg: decryption failed`, without keys and control characters; nothing when there is nothing to say. */
function firstLine(text: string): string {
  const line = /[^\r\n]*\S[^\r\n]*/.exec(text)?.[0].trim() ?? ''
  const said = withoutSecrets(line.replaceAll(/\p{Cc}+/gu, ' ')).replaceAll(couldBeSecret, '…')
  const shown = said.slice(0, complaintCharactersMax)
  return shown === '' ? '' : `: ${shown}`
}

const startFailures: Readonly<Record<string, string>> = {
  ENOENT: 'no such program',
  ENOTDIR: 'no such program',
  EACCES: 'it may not be run',
}
