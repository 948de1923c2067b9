// The two sides on which others talk to the gateway, HTTP and the control socket, and what serves them.
import type { ControlServer, ControlSocket } from '../control/socket-server.ts'
import { type HttpGateway, openHttpGateway } from '../gateway/http-gateway.ts'
import { openModelLists } from '../gateway/questions/model-lists.ts'
import type { Host } from '../host.ts'
import { openSetupToken } from '../login/setup-token.ts'
import type { StartMethod } from '../login/sign-in-method.ts'
import { openSignIns } from '../login/sign-ins.ts'
import { addressText, type HandedSockets } from '../service/process/activation.ts'
import { openBackups } from './backups.ts'
import { openBoundClients } from './bound-clients.ts'
import type { Close } from './close-all.ts'
import type { Core } from './core.ts'
import { controlDeps } from './control-deps.ts'
import { gatewayDeps } from './gateway-deps.ts'
import type { GatewayOptions } from './gateway-options.ts'
import { checkInstalled } from './installed-program.ts'
import type { DaemonLog } from './log.ts'
import { openProviderQuestions } from './provider-questions.ts'
import { openRequestRecords } from './request-records.ts'
import type { Running } from './running.ts'
import type { Telling } from './telling.ts'
import { openWarningLines } from './warning-lines.ts'

export interface Sides {
  readonly http: HttpGateway
  readonly control: ControlServer
  ready(): void
  notReady(): void
}

export interface SidesParts {
  /** In place of a port of our own; null without. */
  readonly port: HandedSockets['http']
  /** Being made. */
  readonly controlSocket: Promise<ControlSocket>
  readonly daemonLog: DaemonLog
  readonly stop: (reason: string) => void
  readonly telling: Telling
  /** Take what must be closed, last opened first: of what others talk to, and of what that stands on. */
  readonly doors: Close[]
  readonly closers: Close[]
}

/** Opens both sides. What was handed over is not served yet, and a control socket of our own is not at its path. */
export async function openSides(
  host: Host,
  options: GatewayOptions,
  core: Core,
  { port, controlSocket, daemonLog, stop, telling, closers, doors }: SidesParts,
): Promise<Sides> {
  const startedAt = host.now()
  let isReady = false
  const records = openRequestRecords(host, core, daemonLog)
  closers.push(records.close)
  closers.push(openWarningLines({ host, bus: core.bus }))
  const lists = openModelLists({
    host,
    upstreamSettings: () => core.configuration.current().value.gateway.upstream,
    secretOf: (profileId) => core.candidates.secretOf(profileId),
  })
  const http = await openHttpGateway(gatewayDeps(host, core, { lists, records, isReady: () => isReady }), port)
  doors.push(() => http.close())
  const listening = listeningOf(host, core, port)
  const signIns = openSignIns({
    host,
    store: core.credentialStore,
    methods: { 'setup-token': setupToken(host, options) },
  })
  doors.push(() => signIns.close())
  const backups = openBackups({ host, bus: core.bus, vault: core.vault, packageRoot: options.packageRoot })
  doors.push(backups.close)
  const questions = openProviderQuestions(host, core, lists)
  const socket = await controlSocket
  const control = socket.serve(
    controlDeps(
      host,
      core,
      {
        startedAt,
        packageRoot: options.packageRoot,
        listening,
        http: () => (http.draining() === null ? http.address().url : null),
        draining: () => http.draining(),
        stop,
        cut: () => http.cut(),
      },
      { signIns, questions, backups, usage: records, telling },
    ),
  )
  doors.push(() => control.close())
  doors.push(questions.close)
  doors.push(openBoundClients(host, core.bus).close)
  return { http, control, ready: () => (isReady = true), notReady: () => (isReady = false) }
}

/** Its native code comes from the program's folder, at the first sign-in. */
function setupToken(host: Host, { packageRoot }: GatewayOptions): StartMethod {
  const start = openSetupToken(host)
  return async (request) => {
    await checkInstalled(packageRoot)
    return await start(request)
  }
}

/** What was handed over counts, whatever traseai.json says; where that differs is told. */
function listeningOf({ log }: Host, core: Core, handed: HandedSockets['http']): Running['listening'] {
  const { host, port } = core.configuration.current().value.gateway
  if (handed === null) return { host, port, isHanded: false }
  const { address } = handed
  if (isAt(address, { host, port })) return { host, port, isHanded: true }
  log.warn(
    { http: addressText(address), configured: `${host}:${port}`, hint: 'traseai gateway install' },
    'HTTP is at the address of the socket that was handed over, not at the one in traseai.json',
  )
  return { host: address.host, port: address.port, isHanded: true }
}

interface Address {
  readonly host: string
  readonly port: number
}

/** Port 0 is any, and `localhost` either of its addresses. */
function isAt(real: Address, { host, port }: Address): boolean {
  const isThere = host === real.host || (host === 'localhost' && ['127.0.0.1', '::1'].includes(real.host))
  return isThere && (port === 0 || port === real.port)
}
