// The typed client of the control socket: connects, calls, subscribes. Small, because it is part of every command's start-up time.
import { connect, type Socket } from 'node:net'
import { errnoOf, TraseError } from '../errors.ts'
import type { Method, Params, Result, WireEvent } from '../protocol/contract.ts'
import { lineBytesMax, openLineReader } from '../protocol/line-framing.ts'
import { fromWireError } from '../protocol/wire-error.ts'

/** For a call that says nothing else; a little longer than the gateway's own limit, so that its answer is the one seen. */
const callMsMax = 35_000
const connectMsMax = 5_000

export interface ConnectOptions {
  readonly socketPath: string
  /** How long to wait for the connection. */
  readonly timeoutMs?: number
  /** `cli` lets the history say that the command line did it. */
  readonly kind?: 'cli' | 'rpc'
}

export interface CallOptions {
  readonly timeoutMs?: number
}

export interface GatewayClient {
  /**
   * @throws TraseError what the gateway answered, with code, hint and data as it named them; `timeout`, `connection_lost`
   */
  call<M extends Method>(method: M, params: Params<M>, options?: CallOptions): Promise<Result<M>>
  /** The same for a method that is only known as text. */
  callAny(method: string, params: unknown, options?: CallOptions): Promise<unknown>
  /**
   * Calls back for every event after `after` (default: the newest), none missed and none twice; resolves to where it
   * begins. One subscription a client.
   */
  subscribe(params: Params<'audit.subscribe'>, onEvent: (event: WireEvent) => void): Promise<Result<'audit.subscribe'>>
  /** Resolves with the reason once the connection has ended; null after `close`. */
  readonly ended: Promise<TraseError | null>
  close(): void
}

/**
 * Connects to a gateway.
 * @throws TraseError `gateway_unreachable` when nobody serves, `permission_denied`, `timeout`
 */
export async function connectGateway({
  socketPath,
  timeoutMs = connectMsMax,
  kind,
}: ConnectOptions): Promise<GatewayClient> {
  const socket = await dial(socketPath, timeoutMs)
  const client = openClient(socket)
  if (kind) socket.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'client.hello', params: { kind } })}\n`)
  return client
}

function dial(socketPath: string, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath)
    const timer = setTimeout(
      () => socket.destroy(new TraseError('timeout', `${socketPath} did not answer in ${timeoutMs} ms`)),
      timeoutMs,
    )
    const settle = (then: () => void): void => {
      clearTimeout(timer)
      socket.removeAllListeners()
      then()
    }
    socket.once('connect', () => settle(() => resolve(socket)))
    socket.once('error', (error) => settle(() => reject(dialError(error, socketPath))))
  })
}

function dialError(error: Error, socketPath: string): TraseError {
  if (error instanceof TraseError) return error
  const errno = errnoOf(error)
  if (errno === 'EACCES' || errno === 'EPERM') {
    return new TraseError('permission_denied', `the control socket ${socketPath} may not be used by this user`, {
      cause: error,
    })
  }
  if (errno === 'EAGAIN')
    return new TraseError('busy', `the gateway at ${socketPath} accepts no more connections now`, { cause: error })
  return new TraseError('gateway_unreachable', `no gateway answers at ${socketPath}`, { cause: error })
}

interface Waiting {
  resolve(result: unknown): void
  reject(error: TraseError): void
  readonly timer: NodeJS.Timeout
}

function openClient(socket: Socket): GatewayClient {
  const reader = openLineReader({ lineBytesMax })
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let onEvent = (_event: WireEvent): void => {}
  let end: TraseError | null | undefined
  let resolveEnded: (reason: TraseError | null) => void
  const ended = new Promise<TraseError | null>((resolve) => (resolveEnded = resolve))

  /** The first reason counts: what comes later follows from it. */
  function finish(reason: TraseError | null): void {
    if (end !== undefined) return
    end = reason
    for (const call of waiting.values()) {
      clearTimeout(call.timer)
      call.reject(reason ?? lost('this client was closed'))
    }
    waiting.clear()
    socket.destroy()
    resolveEnded(reason)
  }

  function receive(text: string): void {
    const message = JSON.parse(text) as {
      id?: number | null
      result?: unknown
      error?: unknown
      method?: string
      params?: unknown
    } // the gateway is our own program
    if (message.method === 'audit.event') return onEvent(message.params as WireEvent)
    const call = typeof message.id === 'number' ? waiting.get(message.id) : undefined
    if (call && typeof message.id === 'number') {
      waiting.delete(message.id)
      clearTimeout(call.timer)
      if (message.error === undefined) call.resolve(message.result)
      else call.reject(fromWireError(message.error))
      return
    }
    // An error without an id is about the connection: refused, too many, or a line that could not be read.
    if (message.error !== undefined && message.id === null) finish(fromWireError(message.error))
  }

  socket.on('data', (chunk: Buffer) => {
    reader.push(chunk)
    for (let line = reader.next(); line && end === undefined; line = reader.next()) {
      if (line.kind !== 'text') return finish(new TraseError('internal', 'the gateway sent a line that cannot be read'))
      try {
        receive(line.text)
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        return finish(new TraseError('internal', 'the gateway sent a line that is not JSON', { cause: error }))
      }
    }
  })
  socket.on('error', (error) => finish(lost(error.message)))
  socket.on('close', () => finish(lost('it closed the connection')))

  function callAny(method: string, params: unknown, { timeoutMs = callMsMax }: CallOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (end !== undefined) return reject(end ?? lost('this client was closed'))
      const id = (lastId += 1)
      const timer = setTimeout(() => {
        waiting.delete(id)
        reject(new TraseError('timeout', `${method} was not answered in ${timeoutMs} ms`))
      }, timeoutMs)
      waiting.set(id, { resolve, reject, timer })
      socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    })
  }

  const call: GatewayClient['call'] = (method, params, options) =>
    callAny(method, params, options) as Promise<Result<typeof method>> // the contract is what both ends were built from

  return {
    call,
    callAny,
    subscribe(params, callback) {
      onEvent = callback
      return call('audit.subscribe', params)
    },
    ended,
    close: () => finish(null),
  }
}

function lost(why: string): TraseError {
  return new TraseError('connection_lost', `the gateway went away in the middle of a call: ${why}`)
}
