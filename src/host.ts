// The outside world as one record, so that every room gets its clock, randomness and environment as a parameter.
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { homedir, hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { errnoOf } from './errors.ts'

/** A structured logger: the first argument holds fields (never a secret), the second is the sentence. */
export interface Log {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}

export interface Resources {
  readonly cpuSeconds: number
  /** Time in which the event loop did not wait. */
  readonly loopActiveSeconds: number
  readonly residentBytes: number
  readonly heapBytes: number
}

export interface Timer {
  cancel(): void
}

/** The files of a home directory; see "Files" in the configuration reference. */
export interface HomePaths {
  readonly home: string
  readonly envFile: string
  readonly configuration: string
  readonly database: string
  /** The master key, when a file keeps it. */
  readonly vaultKey: string
  /** Below it a folder for each agent: `<id>/agent/auth-profiles.json`. */
  readonly agents: string
  readonly socket: string
  readonly lock: string
  readonly logs: string
  readonly gatewayLog: string
}

export type Environment = Readonly<Record<string, string | undefined>>

export interface Host {
  /** Milliseconds since the epoch; may jump when the clock is set. */
  now(): number
  /** Milliseconds that only ever grow; for durations. */
  monotonicMs(): number
  /** Runs `callback` once after `delayMs`; the timer does not keep the process alive. */
  setTimer(delayMs: number, callback: () => void): Timer
  randomBytes(bytes: number): Buffer
  readonly env: Environment
  readonly paths: HomePaths
  readonly pid: number
  /** The user this process runs as; -1 where there are no uids. */
  readonly uid: number
  readonly platform: NodeJS.Platform
  /** What this machine is called now. */
  hostName(): string
  /** The Node binary that runs this process. */
  readonly execPath: string
  /** Its version, such as `20.19.0`. */
  readonly nodeVersion: string
  spawn(command: string, args: readonly string[], options: SpawnOptions): ChildProcess
  /** Calls back whenever the signal arrives, which then no longer has its default effect; returns the way to stop. */
  onSignal(signal: NodeJS.Signals, listener: () => void): () => void
  /** The process that started this one. */
  readonly parentPid: number
  /** True while a process with this id runs, whoever owns it; false for one that has ended and waits to be reaped. */
  processExists(pid: number): boolean
  /** Ends a process that was spawned with `detached: true` and everything in its process group; one that is gone is fine. */
  killGroup(pid: number): void
  /** Called once for an error that nobody caught; the process cannot be trusted afterwards. */
  onFatal(handler: (error: unknown) => void): void
  /**
   * Gives up root for good: from now on this process is that user, with their groups and no other.
   * @throws what the system says, or when root could be taken back
   */
  becomeUser(user: { readonly name: string; readonly uid: number; readonly gid: number }): void
  /** Files made from now on are readable by their owner alone. */
  makeFilesPrivate(): void
  /** What the process takes: processor time and time of the event loop since its start, memory now. */
  resources(): Resources
  /** Ends the process at once. */
  exit(status: number): never
  readonly log: Log
}

/** `delayMs` of setTimeout is a signed 32-bit number; longer waits must be split by the caller. */
const timerDelayMsMax = 2_147_483_647

/** The paths of a home: `TRASEAI_HOME`, else `~/.traseai`; `TRASEAI_SOCKET` overrides the socket alone. */
function homePaths(env: Environment): HomePaths {
  const home = resolve(env['TRASEAI_HOME'] || join(env['HOME'] || homedir(), '.traseai'))
  return {
    home,
    envFile: join(home, '.env'),
    configuration: join(home, 'traseai.json'),
    database: join(home, 'traseai.db'),
    vaultKey: join(home, 'vault.key'),
    agents: join(home, 'agents'),
    socket: env['TRASEAI_SOCKET'] ? resolve(env['TRASEAI_SOCKET']) : join(home, 'control.sock'),
    lock: join(home, 'gateway.lock'),
    logs: join(home, 'logs'),
    gatewayLog: join(home, 'logs', 'gateway.log'),
  }
}

/** A path that traseai.json names: `~/` is the user's home, a relative one begins beside traseai.json, wherever a gateway was started. */
export function configuredPath({ env, paths }: Pick<Host, 'env' | 'paths'>, file: string): string {
  const home = env['HOME']
  if (file.startsWith('~/') && home) return join(home, file.slice(2))
  return resolve(paths.home, file)
}

const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** The real world. `log` defaults to silence: the CLI speaks on its own streams, the daemon brings its logger. */
export function realHost(options: { readonly env?: Environment; readonly log?: Log } = {}): Host {
  const env = options.env ?? process.env
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    setTimer(delayMs, callback) {
      const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), timerDelayMsMax))
      timer.unref()
      return { cancel: () => clearTimeout(timer) }
    },
    randomBytes: (bytes) => randomBytes(bytes),
    env,
    paths: homePaths(env),
    pid: process.pid,
    uid: process.getuid?.() ?? -1,
    platform: process.platform,
    hostName: () => hostname(),
    execPath: process.execPath,
    nodeVersion: process.versions.node,
    spawn: (command, args, spawnOptions) => spawn(command, [...args], spawnOptions),
    onSignal(signal, listener) {
      process.on(signal, listener)
      return () => process.off(signal, listener)
    },
    parentPid: process.ppid,
    processExists,
    killGroup,
    onFatal(handler) {
      process.once('uncaughtException', handler)
      process.once('unhandledRejection', handler)
    },
    becomeUser,
    makeFilesPrivate: () => void process.umask(0o077),
    resources,
    exit: (status) => process.exit(status),
    log: options.log ?? silentLog,
  }
}

function resources(): Resources {
  const { user, system } = process.cpuUsage() // microseconds
  const { rss: residentBytes, heapUsed: heapBytes } = process.memoryUsage()
  const { active } = performance.eventLoopUtilization() // milliseconds
  return { cpuSeconds: (user + system) / 1e6, loopActiveSeconds: active / 1e3, residentBytes, heapBytes }
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0) // signal 0 only asks
  } catch (error) {
    return errnoOf(error) === 'EPERM' // somebody else's process
  }
  return !isZombie(pid)
}

/** In a container whose first process reaps nobody, a daemon that has ended keeps its id for ever. proc(5), /proc/pid/stat. */
function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.charAt(stat.lastIndexOf(')') + 2) === 'Z'
  } catch (error) {
    return errnoOf(error) === 'ENOENT' // reaped between the two questions
  }
}

/** The groups first: afterwards it may not change them any more. credentials(7) */
function becomeUser({ name, uid, gid }: { readonly name: string; readonly uid: number; readonly gid: number }): void {
  // Not in Node's types.
  ;(process as NodeJS.Process & { initgroups?(user: string, group: number): void }).initgroups?.(name, gid)
  process.setgid?.(gid)
  process.setuid?.(uid)
  if (process.getuid?.() !== uid || process.geteuid?.() !== uid || process.getegid?.() !== gid) {
    throw new Error('the user is another one')
  }
  try {
    process.setuid?.(0)
  } catch (error) {
    if (errnoOf(error) === 'EPERM') return
    throw error
  }
  throw new Error('it could become root again')
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error // nobody left in the group
  }
}
