// One connection of a client: a request at a time, and an end when the client has left or does not go on.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Timer } from '../../host.ts'
import { openEnding } from './ending.ts'
import { askWhetherThere } from './half-closed.ts'
import type { ClientResponse } from './response.ts'

/** A request and the answer it gets. */
export interface Turn {
  readonly socket: Socket
  readonly response: Pick<ClientResponse, 'hasHead' | 'hasEnded' | 'closeAfter' | 'onClose'>
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
  /** Closes after the present answer; without one now, or when nothing has come for `quietMs`. */
  end(quietMs: number): void
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
  const ending = openEnding(socket, options.setTimer, () => current !== null)
  /** Of a half-closed client, or of the rest of a refused body. */
  let timer: Timer | null = null

  function begin(turn: Turn, serve: () => void): void {
    timer?.cancel()
    current = turn
    ending.turnBegins(turn)
    turn.response.onClose(() => ended(turn))
    serve()
  }

  function ended({ upload }: Turn): void {
    current = null
    timer?.cancel()
    if (socket.destroyed) return
    if (ending.turnEnded() === 'was_last') return socket.destroySoon()
    if (upload?.complete === false) linger(upload)
    const next = ahead.shift()
    if (next) begin(next.turn, next.serve)
    else ending.whenQuiet()
  }

  function linger(upload: { readonly complete: boolean }): void {
    timer = options.setTimer(lingerMs, () => {
      if (!upload.complete) socket.destroy()
    })
  }

  /** In the middle of an answer nobody closes a half of the connection: the client has left. */
  function onEnd(): void {
    const turn = current
    if (turn === null || turn.response.hasEnded()) return
    if (turn.response.hasHead()) socket.destroy()
    else if (turn.knowsInterim) {
      timer = askWhetherThere(socket, options.setTimer, () => current === turn && !turn.response.hasHead())
    }
  }

  watchSilence(socket, options, () => current)
  socket.on('end', onEnd)
  socket.once('close', () => {
    ahead.length = 0
    timer?.cancel()
    ending.cancel()
  })

  return {
    inTurn(turn, serve) {
      if (current === null) begin(turn, serve)
      else if (ahead.length < aheadMax) ahead.push({ turn, serve })
      else socket.destroy()
    },
    current: () => current,
    end(quietMs) {
      ending.begin(quietMs, current)
    },
  }
}

/** Ends a connection that is idle, or whose client has not moved for `stallMs` while it was its turn to move. */
function watchSilence(socket: Socket, { silenceMs, stallMs }: ConnectionOptions, currentTurn: () => Turn | null): void {
  let stalled: { readonly turn: Turn; readonly ms: number } | null = null
  socket.setTimeout(silenceMs)
  socket.on('timeout', () => {
    const turn = currentTurn()
    if (turn === null) return void socket.destroy()
    const before = stalled?.turn === turn ? stalled.ms : 0
    stalled = isClientsMove(socket, turn) ? { turn, ms: before + silenceMs } : null
    if (stalled !== null && stalled.ms >= stallMs()) socket.destroy()
    else socket.setTimeout(silenceMs)
  })
}

/** Whether the client has to read, or to send what it announced; all other waits are for the provider. */
function isClientsMove(socket: Socket, { upload }: Turn): boolean {
  if (socket.writableLength > 0) return true
  return upload !== null && !upload.complete && upload.readableFlowing === true && upload.readableLength === 0
}
