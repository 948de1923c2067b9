// The connections to providers: one pool for each origin, kept alive, with written limits.
import type { Dispatcher, Pool } from 'undici'
// @ts-expect-error -- the file has no types beside it; the package's own Pool type describes it (see below)
import UntypedPool from 'undici/lib/dispatcher/pool.js'
import type { Provider } from '../domain/provider.ts'
import { putRecent } from '../domain/put-recent.ts'

// The package's index also loads fetch, caches, mocks and web sockets: 16 ms and 6 MB more at each start.
const NewPool = UntypedPool as typeof Pool

/**
 * Origins with connections of their own: more than any configuration has in use. The one unused longest is closed, as
 * those are that left the configuration; its requests under way are finished first.
 */
const originsMax = 64
/** Base URLs whose parts are remembered. */
const placesMax = 256
/** Connections to one origin at a time; further requests wait their turn. */
const connectionsMax = 1_024
const connectTimeoutMs = 10_000
/** From the request sent to the answer's headers: long, because a model may think before it says a word. */
const headersTimeoutMs = 600_000
/** Between two pieces of an answer's body. */
const bodyIdleTimeoutMs = 300_000
/** Idle connections are dropped sooner than servers do that do not tell (uvicorn: 5 s), so that a request does not meet a closing one. */
const keepAliveTimeoutMs = 4_000
/** Longest that a server's own `Keep-Alive: timeout=` is believed. */
const keepAliveMaxTimeoutMs = 60_000
const headerBytesMax = 65_536

export interface Upstream {
  /** Sends to the provider's origin; `options.path` already starts with the path of its base URL. Never throws: failures go to the handler. */
  dispatch(provider: Provider, options: UpstreamRequest, handler: Dispatcher.DispatchHandler): void
  /** `path` behind the path of the provider's base URL. */
  pathOf(provider: Provider, path: string): string
  /** Cuts every connection. */
  close(): Promise<void>
}

export interface UpstreamRequest {
  readonly method: string
  readonly path: string
  /** Raw names and values; the host and the length are written by the connection. */
  readonly headers: readonly string[]
  readonly body: Buffer | null
}

interface Place {
  readonly origin: string
  readonly prefix: string
}

export function openUpstream(): Upstream {
  /** By origin, the one unused longest first. */
  const pools = new Map<string, Pool>()
  const closing = new Set<Pool>()
  /** By base URL: parsing an address costs more than looking it up. */
  const places = new Map<string, Place>()

  function placeOf(baseUrl: string): Place {
    const known = places.get(baseUrl)
    if (known) return known
    const { origin, pathname } = new URL(baseUrl)
    const place = { origin, prefix: pathname.replace(/\/+$/, '') }
    putRecent(places, baseUrl, place, placesMax)
    return place
  }

  function poolOf(origin: string): Pool {
    const pool = pools.get(origin) ?? openPool(origin)
    const unused = putRecent(pools, origin, pool, originsMax)
    if (unused) {
      closing.add(unused)
      void unused.close().finally(() => closing.delete(unused))
    }
    return pool
  }

  return {
    dispatch(provider, { method, path, headers, body }, handler) {
      const pool = poolOf(placeOf(provider.baseUrl).origin)
      pool.dispatch({ method, path, headers: headers as string[], body }, handler) // undici only reads them
    },
    pathOf: (provider, path) => placeOf(provider.baseUrl).prefix + path || '/',
    async close() {
      await Promise.all([...pools.values(), ...closing].map((pool) => pool.destroy()))
    },
  }
}

function openPool(origin: string): Pool {
  return new NewPool(origin, {
    connections: connectionsMax,
    connect: { timeout: connectTimeoutMs },
    headersTimeout: headersTimeoutMs,
    bodyTimeout: bodyIdleTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    keepAliveMaxTimeout: keepAliveMaxTimeoutMs,
    maxHeaderSize: headerBytesMax,
    pipelining: 1,
  })
}
