// The connections to providers: one pool for each origin, kept alive, with written limits.
import type { Provider } from '../../domain/provider.ts'
import { putRecent } from '../../domain/put-recent.ts'
import type { Host } from '../../host.ts'
import type { Configuration } from '../../sources/configuration-schema.ts'
import type { AnswerHandler, UpstreamCall } from './call.ts'
import { UpstreamError } from './failures.ts'
import { openPool, type Pool } from './pool.ts'
import type { UpstreamRequest } from './request.ts'
import { routeTo } from './route.ts'
import { openSweeper } from './sweeper.ts'
import { openTrust } from './trust.ts'
import { openTurns } from './turns.ts'

/**
 * Origins with connections of their own: more than any configuration has in use. The one unused longest is closed, as
 * those are that left the configuration; its requests under way are finished first.
 */
const originsMax = 64
/** Connections to one origin at a time, of which an event stream keeps one for as long as it lasts; further requests wait their turn. */
const connectionsMax = 4_096
/** Base URLs whose parts are remembered. */
const placesMax = 256

export interface Upstream {
  /** Sends to the provider's origin; `request.path` already starts with the path of its base URL. Never throws: failures go to the handler. */
  dispatch(provider: Pick<Provider, 'baseUrl'>, request: UpstreamRequest, handler: AnswerHandler): UpstreamCall
  /** `path` behind the path of the provider's base URL. */
  pathOf(provider: Provider, path: string): string
  /** Cuts every connection. */
  close(): void
}

/** `gateway.upstream` of traseai.json. */
export type UpstreamSettings = Configuration['gateway']['upstream']

export interface UpstreamDeps {
  readonly host: Pick<Host, 'now' | 'env' | 'paths' | 'log'>
  /** Read for each request: a change counts from the next one on. */
  settings(): UpstreamSettings
}

interface Place {
  readonly origin: string
  readonly prefix: string
  /** The pool of the last request, and the proxy that was set then. */
  way: { readonly pool: Pool; readonly proxy: string | null } | null
}

export function openUpstream({ host, settings }: UpstreamDeps): Upstream {
  /** By origin and proxy, the one unused longest first. */
  const pools = new Map<string, Pool>()
  const closing = new Set<Pool>()
  /** By base URL: parsing an address costs more than looking it up. */
  const places = new Map<string, Place>()
  const trust = openTrust(host)
  const shared = {
    connectionsMax,
    sweeper: openSweeper(() => Math.min(settings().connectMs, settings().headersMs, settings().idleMs)),
    turns: openTurns(),
    now: host.now,
    limits: settings,
    trusted: () => trust.of(settings().caFiles),
  }
  let newest: Pool | null = null

  function placeOf(baseUrl: string): Place {
    const known = places.get(baseUrl)
    if (known) return known
    const { origin, pathname } = new URL(baseUrl)
    const place = { origin, prefix: pathname.replace(/\/+$/, ''), way: null }
    putRecent(places, baseUrl, place, placesMax)
    return place
  }

  function poolOf(place: Place): Pool {
    const { proxy } = settings()
    if (newest !== null && place.way?.pool === newest && place.way.proxy === proxy) return newest
    const key = `${place.origin} ${proxy ?? ''}`
    const pool = pools.get(key) ?? poolTo(place.origin, proxy)
    place.way = { pool, proxy }
    newest = pool
    const unused = putRecent(pools, key, pool, originsMax)
    if (unused) {
      closing.add(unused)
      unused.retire()
    }
    return pool
  }

  function poolTo(origin: string, proxy: string | null): Pool {
    const pool = openPool(routeTo(origin, proxy, host.env), { ...shared, onEmpty: () => void closing.delete(pool) })
    return pool
  }

  return {
    dispatch(provider, request, handler) {
      try {
        return poolOf(placeOf(provider.baseUrl)).dispatch(request, handler)
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error
        handler.onError(error)
        return failedCall
      }
    },
    pathOf: (provider, path) => placeOf(provider.baseUrl).prefix + path || '/',
    close() {
      for (const pool of [...pools.values(), ...closing]) pool.destroy()
    },
  }
}

const nothing = (): void => undefined
const failedCall: UpstreamCall = { pause: nothing, resume: nothing, abort: nothing }
