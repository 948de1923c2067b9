// `models status --check --notify`: asks a gateway that runs, tells people what there is to tell, and does so without one, too.
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { serviceTrouble } from '../../installed.ts'
import type { GatewayClient } from '../../../client/connect.ts'
import { errnoOf, type ErrorName, errorCatalogue, TraseError } from '../../../errors.ts'
import type { Environment, Host } from '../../../host.ts'
import type { Result } from '../../../protocol/contract.ts'
import type { Context } from '../../context.ts'
import { noteNoChannel } from '../../no-channel-note.ts'

/** What the daemon's bundle exports, see src/daemon/monitor.ts. */
interface DaemonModule {
  runMonitor(options: {
    readonly env: Environment
    readonly packageRoot: string
    readonly gateway: Result<'notify.list'> | null
  }): Promise<Outcome>
}

interface Outcome {
  readonly channels: number
  readonly deliveries: readonly {
    readonly channel: string
    readonly matters: number
    readonly failure: string | null
  }[]
  readonly notes: readonly string[]
}

export interface Monitored<T> {
  /** What the gateway answered, or why it did not. */
  readonly answer: T | TraseError
  /** There was something to tell, and no channel took it. */
  readonly toldNobody: boolean
}

/** A gateway that is just being restarted is not down: one that has a process gets more time. */
const [waitMsMin, waitMsMax] = [1_000, 10_000]
const pollMs = 100
/** Failures that say that there is no gateway, or none that works. */
const down: ReadonlySet<ErrorName> = new Set<ErrorName>(['gateway_unreachable', 'connection_lost', 'timeout'])

/** The exit status of one that could tell nobody: a service manager must not take it for one that did its work. */
export const toldNobodyStatus = errorCatalogue.timeout.exitStatus

/**
 * Never starts a gateway: then nobody would learn that it was down.
 * @throws TraseError what is wrong besides: no permission, a broken home
 */
export async function monitored<T>(
  context: Context,
  ask: (gateway: GatewayClient) => Promise<T>,
): Promise<Monitored<T>> {
  const asked = await askRunning(context, ask)
  const list = asked instanceof TraseError ? null : asked.list
  const { host, io, packageRoot } = context
  const daemon = (await context.loadDaemon()) as DaemonModule // built from the same sources, see src/daemon/main.ts
  const env = { ...host.env, TRASEAI_HOME: host.paths.home }
  const { channels, deliveries, notes } = await daemon.runMonitor({ env, packageRoot, gateway: list })
  for (const note of notes) io.note(`note: ${note}`)
  for (const { channel, matters, failure } of deliveries) {
    const what = `${matters} ${matters === 1 ? 'matter' : 'matters'}`
    io.note(
      failure === null ? `note: ${what} told over ${channel}` : `note: ${channel} did not take a notice: ${failure}`,
    )
  }
  if (channels === 0 && notes.length === 0) noteNoChannel(context)
  const toldNobody = deliveries.length > 0 && deliveries.every(({ failure }) => failure !== null)
  const answer = asked instanceof TraseError ? ((await serviceTrouble(context)) ?? asked) : asked.answer
  return { answer, toldNobody }
}

interface Asked<T> {
  readonly answer: T
  readonly list: Result<'notify.list'>
}

async function askRunning<T>(
  context: Context,
  ask: (gateway: GatewayClient) => Promise<T>,
): Promise<Asked<T> | TraseError> {
  const { host } = context
  const beganMs = host.monotonicMs()
  for (;;) {
    try {
      const gateway = await context.runningGateway()
      try {
        return { answer: await ask(gateway), list: await gateway.call('notify.list', {}) }
      } finally {
        gateway.close()
      }
    } catch (error) {
      if (!(error instanceof TraseError) || !down.has(error.code)) throw error
      const waitedMs = host.monotonicMs() - beganMs
      if (waitedMs >= waitMsMax || (waitedMs >= waitMsMin && !(await hasProcess(host)))) return error
      await delay(pollMs)
    }
  }
}

/** Whether the gateway that took the home last is still there, answering or not. */
async function hasProcess({ paths, processExists }: Host): Promise<boolean> {
  try {
    const pid = Number.parseInt(await readFile(paths.lock, 'utf8'), 10)
    return pid > 0 && processExists(pid)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false
  }
}
