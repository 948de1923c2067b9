// One caller's connection: reads lines, hands requests on, writes answers, and keeps to the limits of one caller.
import type { Socket } from 'node:net'
import type { JSONRPCServer } from 'json-rpc-2.0'
import type { Actor } from '../domain/events.ts'
import { messageOf, TraseError } from '../errors.ts'
import { type Line, lineBytesMax, openLineReader } from '../protocol/line-framing.ts'
import { openAnswers } from './answers.ts'
import type { ControlDeps } from './deps.ts'
import type { CallContext, Caller } from './handler.ts'
import { answer, errorResponse, parseError, readIncoming } from './json-rpc.ts'
import { openOutput } from './output.ts'
import { openPatience } from './patience.ts'
import type { Peer } from './peer.ts'
import { openSubscription } from './subscription.ts'

/** Requests of one connection that are being worked on; above it nothing more is read. A batch counts with all its entries. */
const inFlightMax = 256
/** How long answers under way may take when the gateway stops. */
const closeMsMax = 1_000

export interface ConnectionOptions {
  readonly deps: ControlDeps
  readonly dispatcher: JSONRPCServer<CallContext>
  readonly socket: Socket
  readonly peer: Peer
}

export interface Connection {
  /** Reads no more, lets what is under way finish, and hangs up; after a second it hangs up anyway. */
  close(): Promise<void>
}

/** Serves a caller whose identity has been checked. `socket` must have been accepted with `allowHalfOpen`. */
export function openConnection({ deps, dispatcher, socket, peer }: ConnectionOptions): Connection {
  const { host } = deps
  const reader = openLineReader({ lineBytesMax })
  const patience = openPatience(host, hangUp)
  const output = openOutput({ host, socket, onDrain, onStalled: () => hangUp('it does not read its answers') })
  const whenGone: (() => void)[] = []
  let actor = actorOf('rpc', peer)
  let subscription: { close(): void } | null = null
  let inFlight = 0
  let closing = false

  const isBusy = (): boolean => closing || inFlight >= inFlightMax || output.backedUp

  function hangUp(why: string): void {
    host.log.info(
      { uid: peer.uid, pid: peer.pid, program: peer.program },
      `a connection to the control socket was closed: ${why}`,
    )
    socket.destroy()
  }

  /** Reads what is here as far as the limits allow, then lets the socket bring more, or not. */
  function goOn(): void {
    let line: Line | undefined
    while (!isBusy() && (line = reader.next())) {
      patience.lineCame()
      serve(line)
    }
    // While we are the ones who do not read, nobody else is late.
    if (isBusy()) {
      patience.restsAt(false)
      socket.pause()
    } else {
      patience.restsAt(reader.halfLine)
      if (socket.isPaused()) socket.resume()
    }
  }

  function onDrain(): void {
    goOn()
    hangUpWhenDone()
  }

  function serve(line: Line): void {
    if (line.kind === 'text') {
      answerLine(line.text).catch((error: unknown) => {
        host.log.error({ error: messageOf(error) }, 'a request could not be answered')
        socket.destroy()
      })
    } else if (line.kind === 'too-long') {
      const data = { code: 'line_too_long', hint: `a line holds at most ${lineBytesMax} bytes; its rest is skipped` }
      output.write(`${JSON.stringify(errorResponse(null, { ...parseError, data }))}\n`)
    } else {
      const data = { code: 'not_utf8', hint: 'text on the control socket is UTF-8' }
      output.write(`${JSON.stringify(errorResponse(null, { ...parseError, data }))}\n`)
    }
  }

  async function answerLine(text: string): Promise<void> {
    const { batch, entries } = readIncoming(text)
    const answers = openAnswers(batch)
    const afterAnswer: (() => void)[] = []
    const context: CallContext = { deps, actor, caller: callerWith(afterAnswer) }
    inFlight += entries.length
    await Promise.all(entries.map(async (entry) => answers.add(await answer(dispatcher, entry, context))))
    inFlight -= entries.length
    const answerText = answers.text()
    if (answerText !== null) output.write(`${answerText}\n`)
    for (const callback of afterAnswer) callback()
    if (socket.isPaused()) goOn()
    hangUpWhenDone()
  }

  /** Whoever has said everything (`nc -U`, a closed pipe) gets the answers, then the end. */
  function hangUpWhenDone(): void {
    const saidEverything = socket.readableEnded && !subscription && !output.backedUp
    if (inFlight === 0 && (closing || saidEverything)) socket.destroySoon()
  }

  function callerWith(afterAnswer: (() => void)[]): Caller {
    return {
      uid: peer.uid,
      pid: peer.pid,
      claimKind: (kind) => (actor = actorOf(kind, peer)),
      afterAnswer: (callback) => afterAnswer.push(callback),
      whenGone: (callback) => (socket.destroyed ? callback() : whenGone.push(callback)),
      subscribe(after) {
        if (subscription)
          throw new TraseError('already_exists', 'this connection is subscribed already', {
            hint: 'open another connection',
          })
        subscription = { close() {} }
        afterAnswer.push(() => (subscription = startSubscription(after)))
      },
    }
  }

  function startSubscription(after: number): { close(): void } {
    const onFailure = (error: unknown): void => hangUp(`the history could not be read for it: ${messageOf(error)}`)
    const started = openSubscription({ deps, after, write: output.write, drained: output.drained, onFailure })
    if (socket.destroyed) started.close()
    return started
  }

  socket.on('data', (chunk: Buffer) => {
    reader.push(chunk)
    goOn()
  })
  socket.on('end', () => {
    reader.push(Buffer.from('\n')) // a last line may do without
    goOn()
    hangUpWhenDone()
  })
  socket.on('error', (error) => host.log.debug({ error: error.message }, 'a connection to the control socket broke'))
  socket.on('close', () => {
    patience.close()
    subscription?.close()
    if (!closing) for (const callback of whenGone) callback()
  })

  return {
    close() {
      closing = true
      subscription?.close()
      socket.pause()
      const gone = new Promise<void>((resolve) =>
        socket.destroyed ? resolve() : socket.once('close', () => resolve()),
      )
      host.setTimer(closeMsMax, () => socket.destroy())
      hangUpWhenDone()
      return gone
    },
  }
}

function actorOf(kind: 'cli' | 'rpc', { uid, pid, program }: Peer): Actor {
  return { kind, uid, ...(pid > 0 ? { pid } : {}), ...(program === null ? {} : { program }) }
}
