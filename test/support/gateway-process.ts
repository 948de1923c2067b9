// Runs the real gateway as a process of its own, in a home of its own, on a free port.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connectGateway, type GatewayClient } from '../../src/client/connect.ts'
import { TraseError } from '../../src/errors.ts'

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url))
/** What `traseai` runs. */
export const programPath = join(projectRoot, 'bin', 'traseai.js')

export interface GatewayProcessOptions {
  /** A home to start on, which then outlives the gateway; without one it gets a fresh one that is removed at the end. */
  readonly home?: string
  /** Added to an environment that has nothing but PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>
  /** Added to traseai.json of a fresh home; the port is any free one. */
  readonly configuration?: Readonly<Record<string, unknown>>
  /** Added after `gateway run`. */
  readonly args?: readonly string[]
  /** The Node to run it with. */
  readonly execPath?: string
  /** What to run in place of a command: the same as another user, or under another program. */
  readonly wrap?: (command: readonly string[]) => readonly string[]
}

export interface GatewayEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface GatewayProcess {
  readonly home: string
  readonly socket: string
  /** `http://127.0.0.1:<port>` */
  readonly httpUrl: string
  readonly pid: number
  readonly env: Readonly<Record<string, string>>
  readonly client: GatewayClient
  /** A further connection; the caller closes it. */
  connect(): Promise<GatewayClient>
  /** Everything it has written: its log file and its standard streams. */
  logs(): Promise<string>
  /** What it has written to its standard streams. */
  written(): string
  /** Resolves when the process has ended, however. */
  readonly ended: Promise<GatewayEnd>
  /** SIGTERM; resolves when it has ended, and removes a fresh home. */
  stop(): Promise<GatewayEnd>
  /** SIGKILL; resolves when it has ended. The home stays as it is. */
  kill9(): Promise<GatewayEnd>
  /** For a test that is done with a killed gateway's home. */
  removeHome(): Promise<void>
}

/** A new home with a configuration that takes any free port. */
export async function freshHome(configuration: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'traseai-test-'))
  await writeFile(join(home, 'traseai.json'), JSON.stringify({ gateway: { port: 0 }, ...configuration }), {
    mode: 0o600,
  })
  return home
}

/** The environment of a gateway or command on `home`: nothing of the tests' own, so that no real key can get in. */
export function cleanEnvironment(home: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: home, TRASEAI_HOME: home, ...more }
}

/** Resolves when the gateway answers; rejects with what it wrote when it ends before. */
export async function startGateway(options: GatewayProcessOptions = {}): Promise<GatewayProcess> {
  const home = options.home ?? (await freshHome(options.configuration))
  const env = cleanEnvironment(home, options.env)
  const socket = env['TRASEAI_SOCKET'] ?? join(home, 'control.sock')
  const command = [options.execPath ?? process.execPath, programPath, 'gateway', 'run', ...(options.args ?? [])]
  const [program = '', ...args] = options.wrap?.(command) ?? command
  const child = spawn(program, args, { env, cwd: home, stdio: ['ignore', 'pipe', 'pipe'] })
  const written = collect(child)
  const ended = new Promise<GatewayEnd>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })))
  const removeHome = (): Promise<void> => rm(home, { recursive: true, force: true })

  const logs = async (): Promise<string> => {
    const file = join(home, 'logs', 'gateway.log')
    return `${existsSync(file) ? await readFile(file, 'utf8') : ''}${written()}`
  }
  const end = async (signal: NodeJS.Signals): Promise<GatewayEnd> => {
    child.kill(signal)
    return await ended
  }

  // A test that fails before it stops its gateway leaves none behind.
  const killAtExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killAtExit)
  void ended.then(() => process.off('exit', killAtExit))

  const client = await whenAnswering(socket, child)
  if (!client) {
    const { code, signal } = await ended
    const why = `the gateway ended with status ${code ?? signal} before it was ready:\n${await logs()}`
    if (options.home === undefined) await removeHome()
    throw new Error(why)
  }
  const { http, pid } = await client.call('gateway.status', {})
  return {
    home,
    socket,
    httpUrl: http ?? '',
    pid,
    env,
    client,
    connect: () => connectGateway({ socketPath: socket, platform: process.platform }),
    logs,
    written,
    ended,
    async stop() {
      client.close()
      const how = await end('SIGTERM')
      if (options.home === undefined) await removeHome()
      return how
    },
    kill9: () => end('SIGKILL'),
    removeHome,
  }
}

/** Null when it ends instead. Another gateway that answers at the same path is not the one that was started. */
async function whenAnswering(socketPath: string, child: ChildProcess): Promise<GatewayClient | null> {
  while (child.exitCode === null && child.signalCode === null) {
    const client = await tryConnect(socketPath)
    const status = await client?.call('gateway.status', {})
    if (client && status?.pid === child.pid) return client
    client?.close()
    await delay(10)
  }
  return null
}

async function tryConnect(socketPath: string): Promise<GatewayClient | null> {
  try {
    return await connectGateway({ socketPath, platform: process.platform })
  } catch (error) {
    if (error instanceof TraseError) return null // what keeps the gateway from answering, it will say itself
    throw error
  }
}

function collect(child: ChildProcess): () => string {
  const chunks: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString('utf8')
}
