// Opens one connection to an origin: TCP, a tunnel through a proxy where there is one, and TLS with verification always on.
import { connect, isIP, type Socket } from 'node:net'
import * as tls from 'node:tls'
import { messageOf } from '../../errors.ts'
import { UpstreamError, withNote } from './failures.ts'
import type { Endpoint, Proxy, Route } from './route.ts'
import type { Trusted } from './trust.ts'
import { openTunnel } from './tunnel.ts'

/** An open connection, and who reads it. */
export interface Link {
  readonly socket: Socket
  /** The bytes that `onBytes` gets are read over by the next ones: what is kept must be copied. */
  readonly isShared: boolean
  onBytes: (bytes: Buffer) => void
}

/** What saves the next connection half of the handshake, and the look at the certificate: so it counts only with the same authorities. */
export interface TlsSession {
  readonly bytes: Buffer
  readonly context: Trusted['context']
}

export interface DialOptions {
  readonly route: Route
  readonly trusted: () => Promise<Trusted>
  /** Of an earlier connection to the same origin; a new one is given to `onSession`. */
  readonly session: TlsSession | null
  readonly onSession: (session: TlsSession) => void
}

export interface Dialling {
  /** Never rejects: instead of the link it is an UpstreamError, or the error of the system or of TLS. */
  readonly link: Promise<Link | Error>
  /** Gives up for this reason. */
  cancel(reason: Error): void
}

/** Probes of TCP for connections that are silent for long, so that routers on the way do not forget them while a model thinks. */
const keepAliveDelayMs = 60_000
/** Node tries the next address of a name when one does not answer in time; its own 250 ms are less than a slow network takes. */
const nextAddressMs = 1_000
/** All plain connections read into one buffer: a read is handled to its end before the next begins, as libuv's Unix side does it. */
const sharedBytes = Buffer.allocUnsafeSlow(65_536)

export function dial(options: DialOptions): Dialling {
  const attempt: Attempt = { sockets: [], cancelled: null }
  return {
    link: open(attempt, options),
    cancel(reason) {
      attempt.cancelled = reason
      for (const socket of attempt.sockets) socket.destroy(reason)
    },
  }
}

interface Attempt {
  /** Each stands on the one before it. */
  readonly sockets: Socket[]
  cancelled: Error | null
}

async function open(attempt: Attempt, options: DialOptions): Promise<Link | Error> {
  try {
    const { target, proxy } = options.route
    if (proxy === null && !target.isSecure) return await openPlain(attempt, target)
    const first = await (proxy === null ? throughTcp(attempt, target) : toProxy(attempt, proxy))
    const outer = proxy?.isSecure ? await throughTls(attempt, first, proxy, options) : first
    if (!target.isSecure) return flowing(outer)
    if (proxy !== null) await openTunnel(outer, options.route, proxy)
    return flowing(await throughTls(attempt, outer, target, options))
  } catch (error) {
    for (const socket of attempt.sockets) socket.destroy()
    if (!(error instanceof Error)) throw error
    return attempt.cancelled ?? theFirst(error)
  }
}

/** When no address of a name answers, the error of the first says more than all of them together, which have no words. */
function theFirst(error: Error): Error {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  return first instanceof Error ? first : error
}

const tcpOptions = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: keepAliveDelayMs,
  autoSelectFamilyAttemptTimeout: nextAddressMs,
} as const

async function openPlain(attempt: Attempt, { host, port }: Endpoint): Promise<Link> {
  const socket = connect({
    ...tcpOptions,
    host,
    port,
    onread: {
      buffer: sharedBytes,
      callback(length) {
        link.onBytes(sharedBytes.subarray(0, length))
        return true
      },
    },
  })
  const link: Link = { socket, isShared: true, onBytes: () => socket.destroy() }
  await settled(attempt, socket, 'connect')
  return link
}

function flowing(socket: Socket): Link {
  const link: Link = { socket, isShared: false, onBytes: () => socket.destroy() }
  socket.on('data', (bytes: Buffer) => link.onBytes(bytes))
  return link
}

async function throughTcp(attempt: Attempt, { host, port }: Endpoint): Promise<Socket> {
  const socket = connect({ ...tcpOptions, host, port })
  await settled(attempt, socket, 'connect')
  return socket
}

async function toProxy(attempt: Attempt, proxy: Proxy): Promise<Socket> {
  try {
    return await throughTcp(attempt, proxy)
  } catch (cause) {
    const why = `${proxy.host}:${proxy.port}: ${messageOf(cause)}`
    throw new UpstreamError('UPSTREAM_PROXY_UNREACHABLE', why, { cause })
  }
}

async function throughTls(attempt: Attempt, below: Socket, end: Endpoint, options: DialOptions): Promise<Socket> {
  const { context, problem } = await options.trusted()
  if (attempt.cancelled) throw attempt.cancelled
  const isTarget = end === options.route.target
  const socket = tls.connect({
    socket: below,
    host: end.host,
    ...(isIP(end.host) === 0 ? { servername: end.host } : {}),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true, // whatever NODE_TLS_REJECT_UNAUTHORIZED says
    ...(context === undefined ? {} : { secureContext: context }),
    ...(isTarget && options.session?.context === context ? { session: options.session?.bytes } : {}),
  })
  if (isTarget) socket.on('session', (bytes) => options.onSession({ bytes, context }))
  try {
    await settled(attempt, socket, 'secureConnect')
  } catch (error) {
    throw problem !== null && error instanceof Error ? withNote(error, problem) : error
  }
  return socket
}

/** Resolves with the event. A connection that closes without an error of its own has been lost. */
function settled(attempt: Attempt, socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  attempt.sockets.push(socket)
  // One that is given up may fail more than once; `close` always follows.
  socket.on('error', ignore)
  return new Promise((resolve, reject) => {
    const onClose = (): void =>
      reject(new UpstreamError('UPSTREAM_CLOSED', 'the connection was closed while it was made'))
    socket.once('error', reject)
    socket.once('close', onClose)
    socket.once(event, () => {
      socket.off('error', reject)
      socket.off('close', onClose)
      resolve()
    })
  })
}

const ignore = (): void => undefined
