// One caller's connection: reads lines, hands requests on, writes answers, and keeps to the limits of one caller.
import type { Socket } from 'node:net'
import type { JSONRPCServer } from 'json-rpc-2.0'
import { messageOf } from '../errors.ts'
import { lineBytesMax, openLineReader } from '../protocol/line-framing.ts'
import { openCaller } from './caller.ts'
import type { ControlDeps } from './deps.ts'
import type { CallContext } from './handler.ts'
import { openOutput } from './output.ts'
import { openPatience } from './patience.ts'
import type { Peer } from './peer.ts'
import { openRequests } from './requests.ts'

/**
 * Requests of one connection that are being worked on; above it nothing more is read. A batch counts with all its entries.
 * Each may have an answer of a megabyte, which waits in memory for a client that does not read.
 */
const inFlightMax = 64
/** How long answers under way may take when the gateway stops. */
const closeMsMax = 1_000

export interface ConnectionOptions {
  readonly deps: ControlDeps
  readonly dispatcher: JSONRPCServer<CallContext>
  readonly socket: Socket
  readonly peer: Peer
}

export interface Connection {
  bytesRead(): number
  /** Reads no more, lets what is under way finish, and hangs up; after a second it hangs up anyway. */
  close(): Promise<void>
}

/** Serves a caller whose identity has been checked. `socket` must have been accepted with `allowHalfOpen`. */
export function openConnection({ deps, dispatcher, socket, peer }: ConnectionOptions): Connection {
  const { log } = deps.host
  const reader = openLineReader({ lineBytesMax })
  const patience = openPatience(deps.host, hangUp)
  const output = openOutput({ host: deps.host, socket, onDrain: goOn, onStalled: () => hangUp('it reads no answers') })
  const caller = openCaller({ deps, socket, peer, output, hangUp })
  const requests = openRequests({ deps, dispatcher, caller, output, onAnswered, onFailure })
  let closing = false

  function hangUp(why: string): void {
    log.info({ uid: peer.uid, pid: peer.pid, program: peer.program }, `a control connection was closed: ${why}`)
    socket.destroy()
  }

  /** Reads what is here as far as the limits allow, then lets the socket bring more, or not. */
  function goOn(): void {
    const isBusy = (): boolean => closing || requests.inFlight >= inFlightMax || output.backedUp
    for (let line = isBusy() ? undefined : reader.next(); line; line = isBusy() ? undefined : reader.next()) {
      patience.lineCame()
      requests.take(line)
    }
    // While it is us who do not read, the caller is not late.
    patience.restsAt(reader.halfLine && !isBusy())
    if (isBusy()) socket.pause()
    else if (socket.isPaused()) socket.resume()
    hangUpWhenDone()
  }

  function onAnswered(): void {
    if (socket.isPaused()) goOn()
    else hangUpWhenDone()
  }

  function onFailure(error: unknown): void {
    log.error({ error: messageOf(error) }, 'a line on the control socket could not be answered')
    socket.destroy()
  }

  /** Whoever has said everything (`nc -U`, a closed pipe) gets the answers, then the end. */
  function hangUpWhenDone(): void {
    const saidEverything = socket.readableEnded && !caller.isSubscribed && !output.backedUp
    if (requests.inFlight === 0 && (closing || saidEverything)) socket.destroySoon()
  }

  function receive(chunk: Buffer): void {
    reader.push(chunk)
    goOn()
  }

  socket.on('data', receive)
  socket.on('end', () => receive(Buffer.from('\n'))) // a last line may do without its newline
  socket.on('error', (error) => log.debug({ error: error.message }, 'a control connection broke'))
  socket.on('close', () => {
    patience.close()
    caller.endSubscription()
    if (!closing) caller.gone()
  })

  return {
    bytesRead: () => socket.bytesRead,
    close() {
      closing = true
      caller.endSubscription()
      deps.host.setTimer(closeMsMax, () => socket.destroy())
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
      goOn()
      return closed
    },
  }
}
