// Runs a keyring's program: its input through a pipe, nothing secret among its arguments, an end to its time.
import { errnoOf, TraseError } from '../../errors.ts'
import type { Host } from '../../host.ts'

export interface Ran {
  readonly status: number | null
  /** The caller wipes it. */
  readonly stdout: Buffer
  readonly stderr: string
}

/** A keyring that asks its user something on a screen that nobody sees must not hold up a start. */
const runMsMax = 10_000
const outputBytesMax = 65_536
/** What a keyring's program needs to find its daemon. Nothing else is handed on. */
const inherited =
  /^(HOME|USER|LOGNAME|PATH|LANG|LC_[A-Z]+|DBUS_SESSION_BUS_ADDRESS|XDG_[A-Z_]+|DISPLAY|WAYLAND_DISPLAY)$/

/** @throws TraseError `program_missing`, `timeout`, `file_unreadable` (it cannot be run) */
export function runProgram(host: Host, command: string, args: readonly string[], input: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const env = Object.fromEntries(Object.entries(host.env).filter(([name]) => inherited.test(name)))
    const child = host.spawn(command, args, { cwd: '/', env, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    let bytes = 0
    let settled = false
    const settle = (how: () => void): void => {
      if (settled) return
      settled = true
      timer.cancel()
      if (child.pid !== undefined) host.killGroup(child.pid)
      how()
    }
    const timer = host.setTimer(runMsMax, () =>
      settle(() => reject(new TraseError('timeout', `${command} did not answer within ${runMsMax / 1_000} s`))),
    )
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= outputBytesMax) into.push(chunk)
      else settle(() => reject(new TraseError('file_unreadable', `${command} printed too much`)))
    }
    child.stdout?.on('data', collect(stdout))
    child.stderr?.on('data', collect(stderr))
    child.stdin?.on('error', () => undefined) // a program that ends early has not read its input; its status tells
    child.on('error', (error) => settle(() => reject(refusal(command, error))))
    child.on('close', (status) =>
      settle(() => resolve({ status, stdout: takeAll(stdout), stderr: Buffer.concat(stderr).toString('utf8').trim() })),
    )
    child.stdin?.end(input)
  })
}

function takeAll(chunks: Buffer[]): Buffer {
  const all = Buffer.concat(chunks)
  for (const chunk of chunks) chunk.fill(0)
  return all
}

function refusal(command: string, error: Error): TraseError {
  if (errnoOf(error) === 'ENOENT') return new TraseError('program_missing', `${command} is not installed`)
  return new TraseError('file_unreadable', `${command} cannot be run: ${error.message}`, { cause: error })
}
