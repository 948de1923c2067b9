// One connection of a client: a request at a time, and an end when the client has left or does not go on.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Timer } from '../host.ts'
import type { ClientResponse } from './client-response.ts'

/** A request and the answer it gets. */
export interface Turn {
  readonly socket: Socket
  readonly response: Pick<ClientResponse, 'hasHead' | 'hasEnded' | 'closeAfter'>
  /** Calls back when the answer is complete, or the client left. */
  readonly onClose: (listener: () => void) => void
  /** What the body is read from; null when it came whole. */
  readonly upload: Pick<IncomingMessage, 'complete' | 'readableFlowing' | 'readableLength'> | null
  /** RFC 9110 section 15.2: a client of HTTP/1.0 does not know answers before the answer. */
  readonly knowsInterim: boolean
}

export interface ClientConnection {
  /** Calls `serve` at once, or when the requests before this one are answered; never when the connection closes before. */
  inTurn(turn: Turn, serve: () => void): void
  /** What is being served. */
  current(): Turn | null
  /** Closes now, or after the present answer. */
  end(): void
}

export interface ConnectionOptions {
  readonly setTimer: (delayMs: number, callback: () => void) => Timer
  /** When a silent connection is looked at, in real time; an idle one is closed then. */
  readonly silenceMs: number
  /** How long a client may neither send what it announced nor read what it gets. */
  readonly stallMs: () => number
}

/** Requests that a client may send ahead of their turn; SDKs and browsers send none. */
const aheadMax = 64
/** For what is left of a body after its request was refused: until then it is read, so that the client gets to see the answer. */
const lingerMs = 5_000

/** To be called as soon as the connection is there. */
export function openClientConnection(socket: Socket, options: ConnectionOptions): ClientConnection {
  let current: Turn | null = null
  /** Served one after the other: two model requests at once could fill the memory with answers whose turn has not come. */
  const ahead: { readonly turn: Turn; readonly serve: () => void }[] = []
  let isLast = false
  /** How long nothing has moved, while it was the client's turn to move. */
  let stalledMs = 0

  function begin(turn: Turn, serve: () => void): void {
    current = turn
    stalledMs = 0
    if (isLast) turn.response.closeAfter()
    turn.onClose(() => ended(turn))
    serve()
  }

  function ended({ upload }: Turn): void {
    current = null
    if (socket.destroyed) return
    if (isLast) return socket.destroySoon()
    if (upload?.complete === false) linger(upload)
    const next = ahead.shift()
    if (next) begin(next.turn, next.serve)
  }

  function linger(upload: { readonly complete: boolean }): void {
    const timer = options.setTimer(lingerMs, () => {
      if (!upload.complete) socket.destroy()
    })
    socket.once('close', () => timer.cancel())
  }

  /**
   * The client will send no more: it left, or waits for its answer with one half of the connection closed. What is written next tells them
   * apart, because a system whose program is gone resets the connection; so before the answer an interim one is written for that alone.
   */
  function onEnd(): void {
    if (current === null || current.response.hasEnded()) return
    if (current.response.hasHead()) socket.destroy()
    else if (current.knowsInterim) socket.write('HTTP/1.1 102 Processing\r\n\r\n')
  }

  function onSilence(): void {
    if (current === null) return void socket.destroy()
    stalledMs = isClientsMove(socket, current) ? stalledMs + options.silenceMs : 0
    if (stalledMs >= options.stallMs()) socket.destroy()
    else socket.setTimeout(options.silenceMs)
  }

  socket.setTimeout(options.silenceMs)
  socket.on('timeout', onSilence)
  socket.on('end', onEnd)
  socket.once('close', () => (ahead.length = 0))

  return {
    inTurn(turn, serve) {
      if (current === null) begin(turn, serve)
      else if (ahead.length < aheadMax) ahead.push({ turn, serve })
      else socket.destroy()
    },
    current: () => current,
    end() {
      isLast = true
      if (current === null) socket.destroySoon()
      else current.response.closeAfter()
    },
  }
}

/** Whether the client has to read, or to send what it announced; all other waits are for the provider. */
function isClientsMove(socket: Socket, { upload }: Turn): boolean {
  if (socket.writableLength > 0) return true
  return upload !== null && !upload.complete && upload.readableFlowing === true && upload.readableLength === 0
}
