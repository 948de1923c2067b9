// Follows the history as it happens, across restarts of the gateway, with no event missed and none twice.
import { setTimeout as delay } from 'node:timers/promises'
import type { GatewayClient } from '../client/connect.ts'
import { TraseError } from '../errors.ts'
import type { Params, WireEvent } from '../protocol/contract.ts'
import type { Context } from './context.ts'

type Filter = Pick<Params<'audit.log'>, 'profileId' | 'provider' | 'type' | 'since'>

export interface FollowOptions {
  readonly filter: Filter
  /** How many of the past are printed first, oldest first. */
  readonly lastEvents: number
  readonly print: (event: WireEvent) => void
}

/** Between two attempts to reach the gateway again; doubles up to the greatest. */
const backOffMs = { least: 50, most: 500 } as const
/** A gateway that stays away for longer is not being restarted. */
const awayMsMax = 600_000

/**
 * Goes on until the process is interrupted, or nobody reads its output any more.
 * @throws TraseError `gateway_unreachable` when a gateway that went away has not come back in 10 minutes
 */
export async function followEvents(context: Context, options: FollowOptions): Promise<number> {
  let position: number | null = null
  for (let gateway = await context.gateway(); ; gateway = await reconnect(context)) {
    try {
      position ??= await printPast(gateway, options)
      await gateway.subscribe({ after: position }, (event) => {
        position = event.position
        if (matches(event, options.filter)) options.print(event)
      })
    } catch (error) {
      if (!isLost(error)) throw error
    }
    if ((await gateway.ended) === null) return 0 // this command is over
    context.io.note('note: the gateway went away; waiting for it to come back')
  }
}

/** @returns the position up to which everything is printed: subscribing after it misses nothing */
async function printPast(gateway: GatewayClient, { filter, lastEvents, print }: FollowOptions): Promise<number> {
  const newest = await gateway.call('audit.log', { limit: 1 })
  const position = newest.events[0]?.position ?? 0
  const past = await gateway.call('audit.log', { ...filter, limit: Math.min(lastEvents, 1_000) })
  // An event that came in between is printed by the subscription.
  for (const event of past.events.toReversed()) if (event.position <= position) print(event)
  return position
}

async function reconnect(context: Context): Promise<GatewayClient> {
  const { host } = context
  const end = host.monotonicMs() + awayMsMax
  for (let waitMs: number = backOffMs.least; ; waitMs = Math.min(waitMs * 2, backOffMs.most)) {
    await delay(waitMs)
    try {
      return await context.runningGateway()
    } catch (error) {
      if (!isLost(error) || host.monotonicMs() > end) throw error
    }
  }
}

function isLost(error: unknown): boolean {
  return error instanceof TraseError && (error.code === 'gateway_unreachable' || error.code === 'connection_lost')
}

/** The same test that the gateway makes for the past. */
function matches({ type, at, stream, data }: WireEvent, filter: Filter): boolean {
  const profileId = stream.startsWith('credential:') ? stream.slice('credential:'.length) : undefined
  const provider = data['provider'] ?? profileId?.split(':', 1)[0]
  return (
    (filter.profileId === undefined || filter.profileId === profileId) &&
    (filter.provider === undefined || filter.provider === provider) &&
    (filter.type === undefined || filter.type === type) &&
    (filter.since === undefined || Date.parse(at) >= Date.parse(filter.since))
  )
}
