// Runs the program of an `exec:` reference and takes what it prints: without a shell, with little of the environment, for a short time.
import type { ChildProcess } from 'node:child_process'
import { withoutSecrets } from '../domain/keys-in-text.ts'
import { errnoOf, messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import type { ReferencedText } from './reference-file.ts'

const runMsMax = 10_000
const outputBytesMax = 65_536
/** Of what it says on standard error, the beginning is enough for a first line. */
const complaintBytesMax = 4_096
const complaintCharactersMax = 200
/** Letters and digits mixed, at a length that no word of a message has: a program may say what it was given. */
const couldBeSecret = /(?=[A-Za-z_+=-]*\d)(?=[\d_+=-]*[A-Za-z])[A-Za-z0-9_+=-]{12,}/g
/** What a password manager needs to find its store and its agent; nothing that could be a key goes along. */
const inherited = ['PATH', 'HOME', 'LANG', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'] as const

export interface ReferencedProgram {
  readonly program: string
  readonly args: readonly string[]
}

/**
 * What the program prints on standard output, when it ends with status 0. It runs in a process group of its own, without a terminal and
 * in `/`; the group is ended with it, after 10 s, or when `signal` aborts.
 */
export function runReferencedProgram(
  host: Pick<Host, 'env' | 'setTimer' | 'spawn' | 'killGroup'>,
  { program, args }: ReferencedProgram,
  signal: AbortSignal,
): Promise<ReferencedText> {
  const child = signal.aborted ? failed('was not run: the gateway stops') : begin(host, program, args)
  if ('ok' in child) return Promise.resolve(child)
  return new Promise((resolve) => {
    const [output, complaint] = [collector(outputBytesMax), collector(complaintBytesMax)]
    let isRunning = child.pid !== undefined
    let isFinished = false
    const endGroup = (): void => {
      if (isRunning && child.pid !== undefined) host.killGroup(child.pid)
      isRunning = false // its id may belong to another process by now
    }
    const finish = (result: ReferencedText): void => {
      if (isFinished) return
      isFinished = true
      timer.cancel()
      signal.removeEventListener('abort', onAbort)
      endGroup()
      child.stdout?.destroy()
      child.stderr?.destroy()
      output.wipe()
      resolve(result)
    }
    const timer = host.setTimer(runMsMax, () => finish(failed(`did not finish within ${runMsMax / 1_000} s`)))
    const onAbort = (): void => finish(failed('was ended: the gateway stops'))
    signal.addEventListener('abort', onAbort)
    child.stdout?.on('data', (chunk: Buffer) => {
      if (!output.add(chunk)) finish(failed(`printed more than ${outputBytesMax} bytes`))
    })
    child.stderr?.on('data', (chunk: Buffer) => void complaint.add(chunk))
    child.on('error', (error) => finish(notStarted(error)))
    // What it left running would hold its output open.
    child.on('exit', endGroup)
    child.on('close', (status, killedBy) => {
      if (status === 0) finish({ ok: true, text: output.text() })
      else finish(failed(`ended with ${status === null ? killedBy : `status ${status}`}${firstLine(complaint.text())}`))
    })
  })
}

/** Some failures of spawn(2) are thrown, the others come as an event. */
function begin(
  host: Pick<Host, 'env' | 'spawn'>,
  program: string,
  args: readonly string[],
): ChildProcess | ReferencedText {
  const env = Object.fromEntries(inherited.flatMap((name) => (host.env[name] ? [[name, host.env[name]]] : [])))
  try {
    return host.spawn(program, args, { cwd: '/', env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return notStarted(error)
  }
}

function notStarted(error: unknown): ReferencedText {
  return failed(`could not be started: ${startFailures[errnoOf(error) ?? ''] ?? messageOf(error)}`)
}

interface Collector {
  /** False when it does not fit any more; what fits is kept. */
  add(chunk: Buffer): boolean
  text(): string
  wipe(): void
}

function collector(bytesMax: number): Collector {
  const buffer = Buffer.alloc(bytesMax)
  let length = 0
  return {
    add(chunk) {
      const copied = chunk.copy(buffer, length)
      length += copied
      const fits = copied === chunk.length
      chunk.fill(0)
      return fits
    },
    text: () => buffer.toString('utf8', 0, length),
    wipe: () => void buffer.fill(0),
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

function failed(reason: string): ReferencedText {
  return { ok: false, reason }
}
