// Ends a connection that is not served: one line that says why, and a moment for the caller to read it.
import type { Socket } from 'node:net'
import type { TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import { toWireError } from '../protocol/wire-error.ts'
import { errorResponse } from './json-rpc.ts'

/** A caller who is writing when the socket closes sees a broken pipe in place of the reason, so closing waits for its end. */
const lingerMsMax = 1_000
/** Connections that may linger; further ones are closed at once. */
const lingeringMax = 64

export interface Door {
  turnAway(socket: Socket, error: TraseError): void
}

/** For sockets accepted with `allowHalfOpen`. */
export function openDoor(host: Host): Door {
  let lingering = 0
  return {
    turnAway(socket, error) {
      socket.on('error', () => {}) // it has gone already: nobody is left to be told
      if (lingering >= lingeringMax) {
        socket.destroy()
        return
      }
      lingering += 1
      const timer = host.setTimer(lingerMsMax, () => socket.destroy())
      socket.once('close', () => {
        lingering -= 1
        timer.cancel()
      })
      socket.resume() // what it says is not read
      socket.end(`${JSON.stringify(errorResponse(null, toWireError(error)))}\n`)
    },
  }
}
