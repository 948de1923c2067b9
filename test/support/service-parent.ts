// Plays the service manager: holds the sockets of a gateway, hands them over at each start, and hears how it is.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { cleanEnvironment, type GatewayEnd, programPath } from './gateway-process.ts'
import { holdPath, holdPort, listenForNotices } from './held-sockets.ts'
import { until } from './until.ts'

export interface ServiceParentOptions {
  readonly home: string
  /** Which sockets it hands over, in this order. */
  readonly hands?: readonly Handed[]
  readonly env?: Readonly<Record<string, string>>
}

/** `datagram` is none that a gateway has a use for. */
export type Handed = 'control' | 'http' | 'second http' | 'datagram'

export interface ServiceParent {
  /** Where commands look for the control socket: the one that it holds, unless `env` says something else. */
  readonly socket: string
  /** Of the port that it holds. */
  readonly httpUrl: string
  readonly env: Readonly<Record<string, string>>
  /** Resolves when it says that it is ready; rejects with what it wrote when it ends before. */
  start(): Promise<void>
  /** Resolves when it has ended. */
  stop(): Promise<GatewayEnd>
  /** Of the gateway that runs. */
  pid(): number
  /** Sends it a signal. */
  kill(signal: NodeJS.Signals): void
  /** Everything that it has said of itself, in order. */
  heard(): readonly string[]
  /** What all its gateways have written to their standard streams. */
  written(): string
  close(): Promise<void>
}

export function openServiceParent({
  home,
  hands = ['control', 'http'],
  env: more = {},
}: ServiceParentOptions): ServiceParent {
  const folder = join(home, 'held')
  mkdirSync(folder, { mode: 0o700 })
  const control = holdPath(join(folder, 'c.sock'))
  const http = holdPort()
  const second = holdPort()
  const useless = listenForNotices(join(folder, 'd.sock'))
  const notices = listenForNotices(join(folder, 'n.sock'))
  const descriptors: Readonly<Record<Handed, number>> = {
    control: control.fd,
    http: http.fd,
    'second http': second.fd,
    datagram: useless.fd,
  }
  const env = {
    ...cleanEnvironment(home),
    TRASEAI_SOCKET: control.path,
    NOTIFY_SOCKET: join(folder, 'n.sock'),
    LISTEN_FDS: String(hands.length),
    ...more,
  }
  const heard: string[] = []
  const chunks: Buffer[] = []
  let child: ChildProcess | null = null
  let ended: Promise<GatewayEnd> = Promise.resolve({ code: 0, signal: null })

  const listen = (): readonly string[] => {
    heard.push(...notices.received())
    return heard
  }
  const end = (signal: NodeJS.Signals): Promise<GatewayEnd> => {
    child?.kill(signal)
    return ended
  }

  return {
    socket: env.TRASEAI_SOCKET,
    httpUrl: `http://127.0.0.1:${http.port}`,
    env,
    async start() {
      const before = listen().length
      // Only the process itself can know its id before it begins.
      const started = spawn(
        'sh',
        ['-c', 'LISTEN_PID=$$ exec "$@"', 'sh', process.execPath, programPath, 'gateway', 'run'],
        {
          env,
          cwd: home,
          stdio: ['ignore', 'pipe', 'pipe', ...hands.map((each) => descriptors[each])],
        },
      )
      child = started
      for (const stream of [started.stdout, started.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
      let isOver = false
      ended = new Promise((resolve) =>
        started.once('close', (code, signal) => {
          isOver = true
          resolve({ code, signal })
        }),
      )
      await until(
        () =>
          isOver ||
          listen()
            .slice(before)
            .some((text) => text.startsWith('READY=1')),
      )
      if (isOver) throw new Error(`it ended before it was ready:\n${Buffer.concat(chunks).toString()}`)
    },
    stop: () => end('SIGTERM'),
    pid: () => child?.pid ?? 0,
    kill: (signal) => void child?.kill(signal),
    heard: listen,
    written: () => Buffer.concat(chunks).toString(),
    async close() {
      await end('SIGKILL')
      for (const each of [control, http, second, useless, notices]) each.close()
    },
  }
}
