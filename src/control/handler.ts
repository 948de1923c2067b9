// What a handler of the control socket gets and gives: its parameters parsed, who calls, and the daemon's functions.
import type { Actor } from '../domain/events.ts'
import type { Method, Notification, NotificationParams, ParsedParams, Result } from '../protocol/contract.ts'
import type { ControlDeps } from './deps.ts'

/** The connection a call came on, as far as handlers may know it. */
export interface Caller {
  /** 0 when the kernel cannot name it. */
  readonly pid: number
  /** `cli` after the caller said so; nothing depends on it but the word in the history. */
  claimKind(kind: 'cli' | 'rpc'): void
  /**
   * Sends `audit.event` for every event after `after`, beginning once the answer to this call has been sent.
   * @throws TraseError `already_exists` when this connection is subscribed already
   */
  subscribe(after: number): void
  /** Sends a notification at once, before the answer to this call; a caller that leaves too much unread misses it. */
  notify<N extends Notification>(name: N, params: DeepReadonly<NotificationParams<N>>): void
  /** Runs once the caller is gone; not when the gateway stops. Returns the way to take it back. */
  whenGone(callback: () => void): () => void
  /** Runs after the answer to this call was handed to the socket. */
  afterAnswer(callback: () => void): void
}

export interface CallContext {
  readonly deps: ControlDeps
  readonly actor: Actor
  readonly caller: Caller
}

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T

export type Answer<M extends Method> = DeepReadonly<Result<M>>

/** One function for each method of the contract, so that a missing one is a type error. */
export type Handlers<M extends Method = Method> = {
  readonly [K in M]: (params: ParsedParams<K>, context: CallContext) => Answer<K> | Promise<Answer<K>>
}
