// What one connection's caller has said and asked for beyond single calls: who it is, its subscription, what to do once it is gone.
import type { Socket } from 'node:net'
import type { Actor } from '../domain/events.ts'
import { messageOf, TraseError } from '../errors.ts'
import type { ControlDeps } from './deps.ts'
import type { Caller } from './handler.ts'
import type { Output } from './output.ts'
import type { Peer } from './peer.ts'
import { openSubscription } from './subscription.ts'

export interface CallerOptions {
  readonly deps: ControlDeps
  readonly socket: Socket
  readonly peer: Peer
  readonly output: Output
  readonly hangUp: (why: string) => void
}

export interface CallerRecord {
  actor(): Actor
  /** The caller as the handlers of one line see it; what is to happen after its answer is put into `afterAnswer`. */
  forLine(afterAnswer: (() => void)[]): Caller
  readonly isSubscribed: boolean
  endSubscription(): void
  /** Runs what handlers left for this moment. */
  gone(): void
}

export function openCaller({ deps, socket, peer, output, hangUp }: CallerOptions): CallerRecord {
  const whenGone = new Set<() => void>()
  let actor = actorOf('rpc', peer)
  let isSubscribed = false
  let subscription: { close(): void } | null = null

  function subscribe(after: number): void {
    if (socket.destroyed) return
    const onFailure = (error: unknown): void => hangUp(`the history could not be read for it: ${messageOf(error)}`)
    subscription = openSubscription({ deps, after, output, onFailure })
  }

  return {
    actor: () => actor,
    forLine: (afterAnswer) => ({
      pid: peer.pid,
      claimKind: (kind) => (actor = actorOf(kind, peer)),
      afterAnswer: (callback) => afterAnswer.push(callback),
      notify(method, params) {
        if (!output.backedUp) output.write(`${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`)
      },
      whenGone(callback) {
        if (socket.destroyed) callback()
        else whenGone.add(callback)
        return () => whenGone.delete(callback)
      },
      subscribe(after) {
        // Notifications carry no name of a subscription, so a second one would send events twice.
        if (isSubscribed) {
          throw new TraseError('already_exists', 'this connection is subscribed already', { hint: 'open another one' })
        }
        isSubscribed = true
        afterAnswer.push(() => subscribe(after))
      },
    }),
    get isSubscribed() {
      return isSubscribed
    },
    endSubscription: () => subscription?.close(),
    gone() {
      for (const callback of whenGone) callback()
    },
  }
}

function actorOf(kind: 'cli' | 'rpc', { uid, pid, program }: Peer): Actor {
  return { kind, uid, ...(pid > 0 ? { pid } : {}), ...(program === null ? {} : { program }) }
}
