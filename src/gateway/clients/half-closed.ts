// A client that will send no more: has it left, or does it wait for its answer with its half of the connection closed?
import type { Socket } from 'node:net'
import type { Host } from '../../host.ts'

/** RFC 9110 section 15.2.1; a client may get one at any time, and every client of HTTP/1.1 passes over it. */
const interim = 'HTTP/1.1 100 Continue\r\n\r\n'
/** Until the question is asked again. */
const probeMs = 5_000

/**
 * A system whose program is gone resets the connection when it gets the first of two interim answers, and then the second cannot be
 * written: the socket closes. On one machine that takes no time.
 * @param isWaiting false once anything of the answer was written
 * @returns the way to stop asking
 */
export function askWhetherThere(
  socket: Socket,
  setTimer: Host['setTimer'],
  isWaiting: () => boolean,
): { cancel(): void } {
  let timer = setTimer(probeMs, again)
  write(() => write(() => undefined))

  function write(then: () => void): void {
    if (isWaiting() && socket.writable) socket.write(interim, then)
  }

  function again(): void {
    if (!isWaiting()) return
    timer = setTimer(probeMs, again)
    write(() => write(() => undefined))
  }

  return { cancel: () => timer.cancel() }
}
