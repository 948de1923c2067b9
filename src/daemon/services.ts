// Everything the gateway runs: the one place where the rooms are wired together, and the order in which they open and close.
import { openControlServer } from '../control/socket-server.ts'
import { messageOf } from '../errors.ts'
import { openHttpGateway } from '../gateway/http-gateway.ts'
import { openModelLists } from '../gateway/questions/model-lists.ts'
import type { Host } from '../host.ts'
import { openSetupToken } from '../login/setup-token.ts'
import { openSignIns } from '../login/sign-ins.ts'
import { version } from '../version.ts'
import { openBoundClients } from './bound-clients.ts'
import { closeAll, type Close } from './close-all.ts'
import { openCore, type Core } from './core.ts'
import { controlDeps } from './control-deps.ts'
import { gatewayDeps } from './gateway-deps.ts'
import { announce } from './announce.ts'
import { openExpiryClock } from './expiry-clock.ts'
import { openNotices } from './notices.ts'
import { type DaemonLog, openDaemonLog } from './log.ts'
import type { GatewayOptions } from './gateway-options.ts'
import { openProviderQuestions } from './provider-questions.ts'
import { openRequestRecords } from './request-records.ts'
import type { StartedStorage } from './start-storage.ts'
import { openStopSwitch } from './stop-switch.ts'

/**
 * Runs until the gateway is told to stop; resolves to the exit status.
 * @param remark what came to light before there was a log
 * @throws TraseError when it cannot start; everything that was opened is closed again
 */
export async function runServices(
  quiet: Host,
  options: GatewayOptions,
  storage: StartedStorage,
  remark: string | null,
): Promise<number> {
  const daemonLog = openDaemonLog(quiet, options.onLogLine)
  const host: Host = { ...quiet, log: daemonLog.log }
  if (remark !== null) host.log.warn({ home: host.paths.home }, remark)
  try {
    return await serve(host, options, storage, daemonLog)
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
  storage: StartedStorage,
  daemonLog: DaemonLog,
): Promise<number> {
  const stopping = openStopSwitch(host, () => daemonLog.flush())
  const closers: Close[] = []
  try {
    const startedAt = host.now()
    let ready = false
    const core = await openCore(host, storage)
    closers.push(() => core.close())
    const records = openRequestRecords(host, core, daemonLog)
    closers.push(records.close)
    closers.push(openNotices({ host, bus: core.bus }))
    const listening = core.configuration.current().value.gateway
    const lists = openModelLists({
      host,
      upstreamSettings: () => core.configuration.current().value.gateway.upstream,
      secretOf: (profileId) => core.candidates.secretOf(profileId),
    })
    const http = await openHttpGateway(gatewayDeps(host, core, { lists, records, isReady: () => ready }))
    closers.push(() => http.close())
    const signIns = openSignIns({ host, store: core.credentialStore, methods: { 'setup-token': openSetupToken(host) } })
    closers.push(() => signIns.close())
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
          stop: stopping.stop,
          cut: () => http.cut(),
        },
        { signIns, questions, usage: records },
      ),
      { path: host.paths.socket },
    )
    closers.push(() => control.close())
    closers.push(questions.close)
    closers.push(openBoundClients(host, core.bus).close)
    await core.bus.execute(
      { type: 'RecordStart', version, reason: options.background ? 'on demand' : 'run' },
      { kind: 'gateway' },
    )
    closers.push(
      host.onSignal('SIGHUP', () => (hasTerminal(options) ? stopping.stop('SIGHUP') : reloadOnSignal(host, core))),
    )
    ready = true
    announce(host, options, core, http.address().url)
    closers.push(expiryClock(host, core))
    const reason = await stopping.stopped
    host.log.info({ reason }, 'stopping')
    ready = false
    stopping.onHurry(() => http.cut())
    // First of all, so that whoever asks meanwhile hears what the gateway still does.
    await http.close()
    await recordStop(host, core, reason)
    return 0
  } finally {
    await closeAll(host.log, closers)
    stopping.close()
  }
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

function reloadOnSignal(host: Host, core: Core): void {
  core.reload().then(
    (outcome) => host.log.info({ ...outcome }, 'reloaded'),
    (error: unknown) => host.log.error({ error: messageOf(error) }, 'reload failed; what was in use stays in use'),
  )
}
