// Connects to the gateway of a home, and starts it in the background when none runs.
import type { ChildProcess } from 'node:child_process'
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import { fromWireError } from '../protocol/wire-error.ts'
import { connectGateway, type GatewayClient } from './connect.ts'

const readyMsMax = 10_000
/** Between two tries to connect; a refused one costs some 50 µs. */
const pollMs = 10
/** How much of what a gateway wrote before it ended is read. */
const lastWordsBytesMax = 65_536

export interface StartOptions {
  readonly host: Host
  /** Runs the gateway in that process, and tells a failure as one line of JSON on stderr, `{"error": {code, message, …}}`. */
  readonly daemonCommand: { readonly execPath: string; readonly args: readonly string[] }
  /** False: connect or fail. */
  readonly autostart: boolean
  /** Called once a gateway is being started, with its process id in the words. */
  announce(message: string): void
  /** From the start to the first answer. */
  readonly readyTimeoutMs?: number
  /** What the client says of itself. */
  readonly kind?: 'cli' | 'rpc'
}

/** `started`: by this call. Of two programs that start one at the same moment, one succeeds and both are connected to it. */
export interface Connected {
  readonly client: GatewayClient
  readonly started: boolean
}

/**
 * @throws TraseError `gateway_unreachable` when none runs and none may be started; why a started one ended, as it said
 *   itself; `timeout` when it neither answers nor ends; what `connectGateway` throws
 */
export async function connectOrStart(options: StartOptions): Promise<Connected> {
  const running = await tryConnect(options)
  if (running) return { client: running, started: false }
  if (!options.autostart) {
    throw new TraseError('gateway_unreachable', `no gateway answers at ${options.host.paths.socket}`)
  }
  const child = startInBackground(options)
  if (child.pid !== undefined) options.announce(`starting the gateway in the background (pid ${child.pid})`)
  try {
    return await waitUntilReady(options, child)
  } finally {
    child.letGo()
  }
}

/** Null when nobody serves. */
async function tryConnect({ host, kind }: StartOptions): Promise<GatewayClient | null> {
  try {
    return await connectGateway({
      socketPath: host.paths.socket,
      platform: host.platform,
      ...(kind === undefined ? {} : { kind }),
    })
  } catch (error) {
    if (error instanceof TraseError && error.code === 'gateway_unreachable') return null
    throw error
  }
}

async function waitUntilReady(options: StartOptions, child: StartedGateway): Promise<Connected> {
  const { host, readyTimeoutMs = readyMsMax } = options
  const deadlineMs = host.monotonicMs() + readyTimeoutMs
  while (host.monotonicMs() < deadlineMs) {
    const client = await tryConnect(options)
    if (client) return { client, started: await child.isServing(client) }
    const failure = child.failure()
    // Somebody else was quicker: that gateway has the home and will answer soon.
    if (failure && failure.code !== 'gateway_running') throw failure
    await delay(pollMs)
  }
  const other = child.failure()
  if (other) throw silentGateway(host, other)
  throw new TraseError('timeout', `the gateway was started, but did not answer within ${readyTimeoutMs / 1_000} s`, {
    hint: 'see what it does: traseai gateway logs',
  })
}

/** One that has the home but not the socket, as when that was removed by hand: no command reaches it. */
function silentGateway({ paths }: Host, { message, data }: TraseError): TraseError {
  const pid = data?.['pid']
  const who = typeof pid === 'number' ? String(pid) : `$(cat ${paths.lock})`
  return new TraseError('gateway_running', `${message}, but does not answer at ${paths.socket}`, {
    hint: `if somebody removed its socket, end it and try again: kill ${who}`,
  })
}

interface StartedGateway {
  /** Undefined when its program could not be run. */
  readonly pid: number | undefined
  /** Why it ended; null while it runs. */
  failure(): TraseError | null
  /**
   * Whether this is the gateway that `client` is connected to. If not, it is ended: it is late, and when the other one
   * were stopped in a moment, it would start after all, unasked.
   */
  isServing(client: GatewayClient): Promise<boolean>
  /** From now on it lives on its own. */
  letGo(): void
}

/**
 * Its stderr is a file that has no name any more: unlike a pipe it never breaks, however long the gateway outlives this
 * program, and unlike the log it can be written even when the home cannot.
 */
function startInBackground({ host, daemonCommand }: StartOptions): StartedGateway {
  const stderr = openNamelessFile()
  let child: ChildProcess
  let end: { readonly status: string; readonly cause?: unknown } | null = null
  try {
    child = host.spawn(daemonCommand.execPath, daemonCommand.args, {
      detached: true,
      stdio: ['ignore', 'ignore', stderr],
      // A daemon keeps no directory busy; so what was relative to this one is made absolute.
      cwd: '/',
      env: {
        ...host.env,
        TRASEAI_HOME: host.paths.home,
        ...(host.env['TRASEAI_SOCKET'] ? { TRASEAI_SOCKET: host.paths.socket } : {}),
      },
    })
  } catch (error) {
    closeSync(stderr)
    throw error
  }
  child.once('error', (cause) => (end = { status: cause.message, cause }))
  child.once('exit', (code, signal) => (end = { status: signal ?? `exit status ${code}` }))
  return {
    pid: child.pid,
    failure: () => end && failureOf(end, readLastWords(stderr)),
    async isServing(client) {
      const { pid } = await client.call('gateway.status', {})
      if (pid !== child.pid) child.kill()
      return pid === child.pid
    },
    letGo() {
      child.unref()
      closeSync(stderr)
    },
  }
}

function openNamelessFile(): number {
  const directory = mkdtempSync(join(tmpdir(), 'traseai-start-'))
  try {
    return openSync(join(directory, 'stderr'), 'w+', 0o600)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function readLastWords(fd: number): string {
  const { size } = fstatSync(fd)
  const bytes = Buffer.alloc(Math.min(size, lastWordsBytesMax))
  const read = readSync(fd, bytes, 0, bytes.length, size - bytes.length)
  return bytes.toString('utf8', 0, read).trim()
}

/** The failure as the gateway named it, else its last words as they are. */
function failureOf(end: { readonly status: string; readonly cause?: unknown }, lastWords: string): TraseError {
  const named = namedFailure(lastWords.slice(lastWords.lastIndexOf('\n') + 1))
  if (named) return named
  return new TraseError('internal', `the gateway ended before it was ready: ${end.status}`, {
    ...(lastWords === '' ? {} : { hint: lastWords }),
    cause: end.cause,
  })
}

function namedFailure(line: string): TraseError | null {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) return null // a crash speaks no JSON
    throw error
  }
  if (typeof value !== 'object' || value === null || !('error' in value)) return null
  const { code, message, hint, data } = value.error as Partial<Record<'code' | 'message' | 'hint' | 'data', unknown>> // written by the same program's error report
  return fromWireError({ message, data: { ...(typeof data === 'object' ? data : {}), code, hint } })
}
