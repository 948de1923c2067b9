// The steps of a sign-in as the gateway tells them, one after the other.
import type { GatewayClient } from '../client/connect.ts'
import { TraseError } from '../errors.ts'
import type { Params, Result } from '../protocol/contract.ts'

export type LoginStep = Result<'login.get'>

export interface FollowedLogin {
  readonly loginId: string
  /** The step that has not been seen yet. @throws TraseError `connection_lost`, and what `fail` was called with */
  next(): Promise<LoginStep>
  /** Lets `next` reject. */
  fail(error: unknown): void
}

/**
 * Begins a sign-in that ends with this process.
 * @throws TraseError what the gateway refuses it with: `program_missing`, `already_exists`, `vault_locked` …
 */
export async function startLogin(
  gateway: GatewayClient,
  params: Omit<Params<'login.start'>, 'bound'>,
): Promise<FollowedLogin> {
  const told: LoginStep[] = []
  let failure: { readonly error: unknown } | null = null
  let wake = (): void => {}
  // Before the call: the first steps may come before its answer.
  gateway.onNotification('login.changed', (step) => {
    told.push(step)
    wake()
  })
  const fail = (error: unknown): void => {
    failure ??= { error }
    wake()
  }
  void gateway.ended.then((reason) => fail(reason ?? new TraseError('connection_lost', 'the connection was closed')))
  const started = await gateway.call('login.start', { ...params, bound: true })
  const { loginId } = started
  if (told.length === 0) told.push(started)
  return {
    loginId,
    async next() {
      for (;;) {
        const step = told.shift()
        if (step?.loginId === loginId) return step
        if (step) continue // of another sign-in on this connection
        if (failure) throw failure.error
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
    fail,
  }
}
