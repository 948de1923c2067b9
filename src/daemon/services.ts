// Everything the gateway runs: the one place where the rooms are wired together, and the order in which they open and close.
import { type ControlServer, openControlServer } from '../control/socket-server.ts'
import { messageOf } from '../errors.ts'
import { type HttpGateway, openHttpGateway } from '../gateway/http-gateway.ts'
import { openModelLists } from '../gateway/questions/model-lists.ts'
import type { Host } from '../host.ts'
import { openSetupToken } from '../login/setup-token.ts'
import { openSignIns } from '../login/sign-ins.ts'
import { type HandedSockets, takeSockets } from '../service/activation.ts'
import { openStateReport } from '../service/state-report.ts'
import type { Supervision } from '../service/supervision.ts'
import { version } from '../version.ts'
import { openBackups } from './backups.ts'
import { openBoundClients } from './bound-clients.ts'
import { closeAll, type Close } from './close-all.ts'
import { openCore, type Core } from './core.ts'
import { controlDeps } from './control-deps.ts'
import { gatewayDeps } from './gateway-deps.ts'
import { announce } from './announce.ts'
import { openExpiryClock } from './expiry-clock.ts'
import { openHangup } from './hangup.ts'
import { openNotices } from './notices.ts'
import { type DaemonLog, openDaemonLog } from './log.ts'
import type { GatewayOptions } from './gateway-options.ts'
import { openProviderQuestions } from './provider-questions.ts'
import { openRequestRecords } from './request-records.ts'
import { openServiceStatus } from './service-status.ts'
import type { StartedStorage } from './start-storage.ts'
import { openStopSwitch } from './stop-switch.ts'
import { openTelling, type Telling } from './telling.ts'

/** What was found out and begun before the rest was loaded. */
export interface Begun {
  readonly storage: StartedStorage
  /** What came to light before there was a log. */
  readonly remark: string | null
  readonly supervision: Supervision
}

/**
 * Runs until the gateway is told to stop; resolves to the exit status.
 * @throws TraseError when it cannot start; everything that was opened is closed again
 */
export async function runServices(
  quiet: Host,
  options: GatewayOptions,
  { storage, remark, supervision }: Begun,
): Promise<number> {
  const daemonLog = openDaemonLog(quiet, options.onLogLine)
  const host: Host = { ...quiet, log: daemonLog.log }
  if (remark !== null) host.log.warn({ home: host.paths.home }, remark)
  try {
    return await serve(host, options, { storage, supervision }, daemonLog)
  } catch (error) {
    // Whoever called tells the failure, with its hint; to a person who reads along it would come twice.
    daemonLog.endReading()
    host.log.error({ error: messageOf(error) }, 'the gateway could not go on')
    throw error
  }
}

async function serve(
  host: Host,
  options: GatewayOptions,
  { storage, supervision }: Pick<Begun, 'storage' | 'supervision'>,
  daemonLog: DaemonLog,
): Promise<number> {
  const report = openStateReport(host, supervision)
  const stopping = openStopSwitch(host, () => daemonLog.flush())
  const hangup = openHangup({ host, report, stop: hasTerminal(options) ? stopping.stop : null })
  const closers: Close[] = []
  try {
    const core = await openCore(host, storage)
    closers.push(() => core.close())
    const telling = openTelling(host, core)
    closers.push(telling.close)
    const { http, control, ready, notReady } = await openSides(host, options, core, {
      sockets: handedSockets(host, supervision),
      daemonLog,
      stop: stopping.stop,
      telling,
      closers,
    })
    await core.bus.execute(
      { type: 'RecordStart', version, reason: options.background ? 'on demand' : 'run' },
      { kind: 'gateway' },
    )
    // Whoever gets an answer finds the start in the history.
    await Promise.all([control.open(), http.open()])
    ready()
    closers.push(openServiceStatus({ host, core, report }).close)
    report.ready()
    hangup.follow(() => core.reload())
    announce(host, options, core, http.address().url)
    closers.push(expiryClock(host, core))
    telling.start()
    const reason = await stopping.stopped
    host.log.info({ reason }, 'stopping')
    notReady()
    hangup.endFollowing()
    stopping.onHurry(() => http.cut())
    // First of all, so that whoever asks meanwhile hears what the gateway still does.
    const drained = http.close()
    report.stopping(() => http.draining()?.until ?? host.now())
    await drained
    await recordStop(host, core, reason)
    return 0
  } finally {
    await closeAll(host.log, closers)
    stopping.close()
    hangup.close()
    report.close()
  }
}

interface Sides {
  readonly http: HttpGateway
  readonly control: ControlServer
  ready(): void
  notReady(): void
}

interface SidesParts {
  readonly sockets: HandedSockets
  readonly daemonLog: DaemonLog
  readonly stop: (reason: string) => void
  readonly telling: Telling
  readonly closers: Close[]
}

/** Opens both sides that others talk to, and what serves them. What was handed over is not served yet, and the control socket is not at its path. */
async function openSides(
  host: Host,
  options: GatewayOptions,
  core: Core,
  { sockets, daemonLog, stop, telling, closers }: SidesParts,
): Promise<Sides> {
  const startedAt = host.now()
  let isReady = false
  const records = openRequestRecords(host, core, daemonLog)
  closers.push(records.close)
  closers.push(openNotices({ host, bus: core.bus }))
  const listening = core.configuration.current().value.gateway
  const lists = openModelLists({
    host,
    upstreamSettings: () => core.configuration.current().value.gateway.upstream,
    secretOf: (profileId) => core.candidates.secretOf(profileId),
  })
  const http = await openHttpGateway(gatewayDeps(host, core, { lists, records, isReady: () => isReady }), sockets.http)
  closers.push(() => http.close())
  const signIns = openSignIns({ host, store: core.credentialStore, methods: { 'setup-token': openSetupToken(host) } })
  closers.push(() => signIns.close())
  const backups = openBackups({ host, bus: core.bus, vault: core.vault, packageRoot: options.packageRoot })
  closers.push(backups.close)
  const questions = openProviderQuestions(host, core, lists)
  const control = await openControlServer(
    controlDeps(
      host,
      core,
      {
        startedAt,
        packageRoot: options.packageRoot,
        listening: { host: listening.host, port: listening.port },
        http: () => (http.draining() === null ? http.address().url : null),
        draining: () => http.draining(),
        stop,
        cut: () => http.cut(),
      },
      { signIns, questions, backups, usage: records, telling },
    ),
    { path: host.paths.socket, handed: sockets.control },
  )
  closers.push(() => control.close())
  closers.push(questions.close)
  closers.push(openBoundClients(host, core.bus).close)
  return { http, control, ready: () => (isReady = true), notReady: () => (isReady = false) }
}

function handedSockets({ log }: Host, { descriptors }: Supervision): HandedSockets {
  const sockets = takeSockets(descriptors)
  for (const what of sockets.unexpected)
    log.warn({ what }, 'the service manager handed over what nobody needs; it is closed')
  return sockets
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
