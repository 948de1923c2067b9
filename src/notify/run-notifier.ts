// Runs a program that shows a notice: no shell, no key in its environment, an end to its time.
import { withoutSecrets } from '../domain/keys-in-text.ts'
import { errnoOf, messageOf } from '../errors.ts'
import { pickVariables, runProgram } from '../run-program.ts'
import type { Delivery, DeliveryDeps } from './delivery.ts'

/** Enough for one that sends mail. */
const timeoutMs = 30_000
const outputBytesMax = 65_536
const complaintCharactersMax = 160
/** What a program needs to find its settings, a display and a session; nothing that could be a key goes along. */
const inherited =
  /^(PATH|HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TZ|TMPDIR|PREFIX|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_[A-Z_]+|DBUS_SESSION_BUS_ADDRESS)$/

export interface NotifierRun {
  /** An absolute path. */
  readonly program: string
  readonly args: readonly string[]
  readonly input?: string
}

/** Ok when it ends with status 0. */
export async function runNotifier({ host }: DeliveryDeps, run: NotifierRun): Promise<Delivery> {
  const env = pickVariables(host.env, inherited)
  const ran = await runProgram(host, { ...run, env, timeoutMs, outputBytesMax })
  if ('output' in ran) ran.output.fill(0)
  switch (ran.end) {
    case 'exit': {
      if (ran.status === 0) return { ok: true }
      const how = ran.status === null ? `was ended by ${ran.killedBy}` : `ended with status ${ran.status}`
      return { ok: false, reason: `the program ${how}${firstLine(ran.complaint)}` }
    }
    case 'not_started':
      return { ok: false, reason: `the program could not be started: ${whyNotStarted(ran.error)}`, isLasting: true }
    case 'late':
      return { ok: false, reason: `the program did not finish within ${timeoutMs / 1_000} s` }
    default:
      return { ok: false, reason: `the program printed more than ${outputBytesMax} bytes` }
  }
}

function whyNotStarted(error: Error): string {
  const errno = errnoOf(error)
  if (errno === 'ENOENT') return 'no such program'
  return errno === 'EACCES' ? 'it may not be run' : messageOf(error)
}

/** `: cannot open display`, without keys and control characters. */
function firstLine(complaint: string): string {
  const line = /[^\r\n]*\S[^\r\n]*/.exec(complaint)?.[0].trim() ?? ''
  const said = withoutSecrets(line.replaceAll(/\p{Cc}+/gu, ' ')).replaceAll(/\bhttps?:\/\/\S+/g, '…')
  return said === '' ? '' : `: ${said.slice(0, complaintCharactersMax)}`
}
