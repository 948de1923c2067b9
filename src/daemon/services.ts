// Everything the gateway runs: the one place where the rooms are wired together, and the order in which they open and close.
import { openControlSocket } from '../control/socket-server.ts'
import { messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import { type HandedSockets, takeSockets } from '../service/process/activation.ts'
import { openStateReport, type StateReport } from '../service/process/state-report.ts'
import type { Supervision } from '../service/process/supervision.ts'
import { version } from '../version.ts'
import { closeAll, type Close } from './close-all.ts'
import { openCore, type Core } from './core.ts'
import { announce } from './announce.ts'
import { openExpiryClock } from './expiry-clock.ts'
import { type Hangup, openHangup } from './hangup.ts'
import { openHistoryCheck } from './history-check.ts'
import { type DaemonLog, openDaemonLog } from './log.ts'
import type { GatewayOptions } from './gateway-options.ts'
import { openOwnPrograms, type OwnPrograms } from './own-programs.ts'
import { checkRunningUser } from './running-user.ts'
import { openServiceStatus } from './service-status.ts'
import { openSides, type Sides } from './sides.ts'
import type { StartedStorage } from './start-storage.ts'
import { openStopSwitch, type StopSwitch } from './stop-switch.ts'
import { openTelling } from './telling.ts'
import { openUpgradeCopies } from './upgrade-copies.ts'

/** What was found out and begun before the rest was loaded. */
export interface Begun {
  readonly storage: StartedStorage
  /** What came to light before there was a log. */
  readonly remarks: readonly string[]
  readonly supervision: Supervision
}

/**
 * Runs until the gateway is told to stop; resolves to the exit status.
 * @throws TraseError when it cannot start; everything that was opened is closed again
 */
export async function runServices(
  quiet: Host,
  options: GatewayOptions,
  { storage, remarks, supervision }: Begun,
): Promise<number> {
  const daemonLog = openDaemonLog(quiet, options.onLogLine)
  const sockets = takeSockets(supervision.descriptors)
  const socket = sockets.control?.address.path ?? quiet.paths.socket
  const programs = openOwnPrograms(quiet)
  const host: Host = { ...quiet, spawn: programs.spawn, log: daemonLog.log, paths: { ...quiet.paths, socket } }
  for (const remark of remarks) host.log.warn({ home: host.paths.home }, remark)
  for (const what of sockets.unexpected) host.log.warn({ what }, 'a descriptor that was handed over is of no use')
  if (socket !== quiet.paths.socket) {
    host.log.warn(
      { socket, expected: quiet.paths.socket },
      'the control socket that was handed over is not where commands look for it',
    )
  }
  try {
    return await serve(host, options, { storage, supervision, sockets, daemonLog, programs })
  } catch (error) {
    // Whoever called tells the failure, with its hint; to a person who reads along it would come twice.
    daemonLog.flush()
    daemonLog.endReading()
    host.log.error({ error: messageOf(error) }, 'the gateway could not go on')
    throw error
  }
}

interface Served extends Pick<Begun, 'storage' | 'supervision'> {
  readonly sockets: HandedSockets
  readonly daemonLog: DaemonLog
  readonly programs: OwnPrograms
}

/** What goes on from the first step to the last. */
interface Life {
  readonly report: StateReport
  readonly stopping: StopSwitch
  readonly hangup: Hangup
  /** What is closed at the end; of what others talk to, `doors`, before the stop is recorded. */
  readonly closers: Close[]
  readonly doors: Close[]
}

interface Started {
  readonly core: Core
  readonly sides: Sides
}

async function serve(host: Host, options: GatewayOptions, served: Served): Promise<number> {
  const { programs, daemonLog } = served
  const report = openStateReport(host, served.supervision)
  const stopping = openStopSwitch(host, () => {
    programs.endAll()
    daemonLog.flush()
  })
  const hangup = openHangup({ host, report, stop: hasTerminal(options) ? stopping.stop : null })
  const life: Life = { report, stopping, hangup, closers: [], doors: [] }
  let isStarted = false
  // A login shell or a password manager that takes its time may be what a start waits for.
  void stopping.stopped.then(() => isStarted || programs.endAll())
  try {
    const started = await start(host, options, served, life)
    isStarted = true
    if (started !== null) await stop(host, started, life, await stopping.stopped)
    return 0
  } finally {
    programs.endAll()
    await closeAll(host.log, [...life.closers, ...life.doors])
    stopping.close()
    hangup.close()
    report.close()
  }
}

/** Null when it was told to stop before it was ready. */
async function start(host: Host, options: GatewayOptions, served: Served, life: Life): Promise<Started | null> {
  const { storage, sockets, daemonLog } = served
  const { report, stopping, hangup, closers, doors } = life
  // While the thread opens the database.
  const controlSocket = openControlSocket(host, { path: host.paths.socket, handed: sockets.control })
  controlSocket.catch(ignore) // what it says is told when it is needed
  closers.push(() => controlSocket.then(({ close }) => close(), ignore))
  const core = await openCore(host, storage)
  closers.push(() => core.close())
  checkRunningUser(host, core.configuration.current().value.gateway.user)
  if (stopping.isStopping()) return null
  closers.push(openUpgradeCopies(host, storage).close)
  const telling = openTelling(host, core)
  closers.push(telling.close)
  const parts = { port: sockets.http, controlSocket, daemonLog, stop: stopping.stop, telling, closers, doors }
  const sides = await openSides(host, options, core, parts)
  const { http, control } = sides
  if (stopping.isStopping()) return null
  await core.bus.execute(
    { type: 'RecordStart', version, reason: options.background ? 'on demand' : 'run' },
    { kind: 'gateway' },
  )
  // Whoever gets an answer finds the start in the history.
  await Promise.all([control.open(), http.open()])
  sides.ready()
  closers.push(openServiceStatus({ host, core, report }).close)
  report.ready()
  hangup.follow(() => core.reload())
  announce(host, options, core, http.address().url)
  closers.push(expiryClock(host, core))
  telling.start()
  closers.push(openHistoryCheck({ host, packageRoot: options.packageRoot, conditions: core.conditions }).close)
  return { core, sides }
}

async function stop(host: Host, { core, sides }: Started, life: Life, reason: string): Promise<void> {
  const { report, stopping, hangup, doors } = life
  const { http } = sides
  host.log.info({ reason }, 'stopping')
  sides.notReady()
  hangup.endFollowing()
  stopping.onHurry(() => http.cut())
  // First of all, so that whoever asks meanwhile hears what the gateway still does.
  const drained = http.close()
  report.stopping(() => http.draining()?.until ?? host.now())
  await drained
  // Nothing that anybody could still ask for comes behind the stop in the history.
  await closeAll(host.log, doors.splice(0))
  await recordStop(host, core, reason)
}

async function recordStop(host: Host, { bus }: Core, reason: string): Promise<void> {
  await bus.execute({ type: 'RecordStop', version, reason }, { kind: 'gateway' }).catch((error: unknown) => {
    host.log.warn({ error: messageOf(error) }, 'the stop could not be recorded')
  })
}

function expiryClock(host: Host, { bus, configuration }: Core): () => void {
  const expiryWarningMs = (): number => configuration.current().value.auth.expiryWarningMs
  return openExpiryClock({ host, bus, expiryWarningMs }).close
}

/** A closed terminal hangs up on what runs in it, and that should end; to everything else SIGHUP says "read your settings again". */
function hasTerminal({ background, stdout }: GatewayOptions): boolean {
  return !background && stdout.isTTY === true
}

const ignore = (): void => undefined
