// The typed client of the control socket: connects, calls, subscribes. Small, because it is part of every command's start-up time.
import type { Socket } from 'node:net'
import { TraseError } from '../errors.ts'
import type { Method, Notification, NotificationParams, Params, Result, WireEvent } from '../protocol/contract.ts'
import { lineBytesMax, openLineReader } from '../protocol/line-framing.ts'
import { fromWireError } from '../protocol/wire-error.ts'
import { dial } from './dial.ts'
import { openGreeting } from './greeting.ts'
import { openPendingCalls } from './pending-calls.ts'

const connectMsMax = 5_000

export interface ConnectOptions {
  readonly socketPath: string
  /** Of this host; it limits the length of the path. */
  readonly platform: NodeJS.Platform
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
   * @throws TraseError what the gateway answered, with code, hint and data as it named them; `program_replaced` when it did
   *   not understand and is of another version; `timeout`, `connection_lost`
   */
  call<M extends Method>(method: M, params: Params<M>, options?: CallOptions): Promise<Result<M>>
  /** The same for a method that is only known as text. */
  callAny(method: string, params: unknown, options?: CallOptions): Promise<unknown>
  /**
   * Calls back for every event after `after` (default: the newest), none missed and none twice; resolves to where it
   * begins. One subscription a client.
   */
  subscribe(params: Params<'audit.subscribe'>, onEvent: (event: WireEvent) => void): Promise<Result<'audit.subscribe'>>
  /** Calls back for every notification of this name, from now on. */
  onNotification<N extends Notification>(name: N, callback: (params: NotificationParams<N>) => void): void
  /**
   * Which version the gateway is, in words, when it is not this program's: `version 0.1.0`, or `an older version`, which
   * does not say. Null when it is the same, when nothing has been asked yet, and for clients that say nothing of themselves.
   */
  otherVersion(): string | null
  /** Whether anything has come from it yet. A connection that somebody holds for a gateway that cannot start is silent. */
  hasSpoken(): boolean
  /** Ends the connection; what waits fails with this reason. */
  giveUp(reason: TraseError): void
  /** Resolves with the reason once the connection has ended; null after `close`. */
  readonly ended: Promise<TraseError | null>
  close(): void
}

/**
 * Connects to a gateway.
 * @throws TraseError `gateway_unreachable` when nobody serves, `permission_denied`, `busy`, `timeout`
 */
export async function connectGateway(options: ConnectOptions): Promise<GatewayClient> {
  const { socketPath, platform, timeoutMs = connectMsMax, kind } = options
  const socket = await dial({ socketPath, platform, timeoutMs })
  return openClient(socket, kind)
}

function openClient(socket: Socket, kind: 'cli' | 'rpc' | undefined): GatewayClient {
  const calls = openPendingCalls()
  const greeting = openGreeting(calls, kind)
  const listeners = new Map<string, (params: unknown) => void>()
  let hasSpoken = false
  let resolveEnded: (reason: TraseError | null) => void
  const ended = new Promise<TraseError | null>((resolve) => (resolveEnded = resolve))

  /** The first reason counts: what comes later follows from it. */
  function finish(reason: TraseError | null): void {
    calls.failAll(reason ?? lost('this client was closed'))
    socket.destroy()
    resolveEnded(reason)
  }

  function receive({ id, method, params, error, result }: Message): void {
    hasSpoken = true
    if (method !== undefined) listeners.get(method)?.(params)
    else if (typeof id === 'number') calls.settle(id, result, error)
    // An error without an id is about the connection: refused, too many of them, or a line that could not be read.
    else if (error !== undefined) finish(fromWireError(error))
  }

  readMessages(socket, receive, finish)
  socket.on('error', (error) => finish(lost(error.message)))
  socket.on('close', () => finish(lost('it closed the connection')))

  async function callAny(method: string, params: unknown, options: CallOptions = {}): Promise<unknown> {
    const greetings = greeting.messages()
    const { id, answer } = calls.add(method, options.timeoutMs)
    const messages = [...greetings, { jsonrpc: '2.0', id, method, params }]
    if (socket.writable) socket.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(''))
    try {
      return await answer
    } catch (error) {
      throw await greeting.explain(error)
    }
  }

  const call: GatewayClient['call'] = (method, params, options) =>
    callAny(method, params, options) as Promise<Result<typeof method>> // the contract is what both ends were built from

  const onNotification: GatewayClient['onNotification'] = (name, callback) => {
    listeners.set(name, callback as (params: unknown) => void) // see `call`
  }

  return {
    call,
    callAny,
    onNotification,
    otherVersion: greeting.otherVersion,
    subscribe(params, callback) {
      onNotification('audit.event', callback)
      return call('audit.subscribe', params)
    },
    hasSpoken: () => hasSpoken,
    giveUp: finish,
    ended,
    close: () => finish(null),
  }
}

/** What the gateway sends: an answer or a notification. */
interface Message {
  readonly id?: number | string | null
  readonly result?: unknown
  readonly error?: unknown
  readonly method?: string
  readonly params?: unknown
}

function readMessages(socket: Socket, receive: (message: Message) => void, fail: (error: TraseError) => void): void {
  const reader = openLineReader({ lineBytesMax })
  socket.on('data', (chunk: Buffer) => {
    reader.push(chunk)
    for (let line = reader.next(); line && !socket.destroyed; line = reader.next()) {
      const message = line.kind === 'text' ? parseMessage(line.text) : null
      if (message) receive(message)
      else fail(new TraseError('internal', 'the gateway sent a line that cannot be read'))
    }
  })
}

/** Null for what is no JSON object. The members are not checked further: the gateway is a program of this very package. */
function parseMessage(text: string): Message | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function lost(why: string): TraseError {
  return new TraseError('connection_lost', `the gateway went away in the middle of a call: ${why}`)
}
