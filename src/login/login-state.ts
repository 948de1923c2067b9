// A sign-in as a pure state machine: what it goes through, whatever its method, and the time limits of each state.
import { isOver, type LoginError, type LoginState } from '../domain/login.ts'
import { TraseError } from '../errors.ts'

export interface LoginLimits {
  /** From the start to the end, whatever happens. */
  readonly wholeMs: number
  /** Until there is an address. */
  readonly startMs: number
  /** From a code to what the provider says to it, and from a refusal to the next address. */
  readonly checkMs: number
  readonly refusedCodesMax: number
}

export const loginLimits: LoginLimits = {
  wholeMs: 15 * 60_000,
  startMs: 60_000,
  checkMs: 60_000,
  refusedCodesMax: 5,
}

export interface Login {
  readonly state: LoginState
  /** The address to open, while a code is waited for. */
  readonly url: string | null
  readonly refusedCodes: number
  /** What was said to the last code that was refused. */
  readonly refusal: string | null
  readonly error: LoginError | null
  /** Monotonic milliseconds. */
  readonly startedAtMs: number
  /** When it came to its state. */
  readonly sinceMs: number
}

export type LoginInput =
  | { readonly type: 'address'; readonly url: string }
  | { readonly type: 'code' }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'token' }
  | { readonly type: 'stored' }
  | { readonly type: 'failed'; readonly error: TraseError }
  | { readonly type: 'cancelled' }

export function startLogin(nowMs: number): Login {
  return {
    state: 'starting',
    url: null,
    refusedCodes: 0,
    refusal: null,
    error: null,
    startedAtMs: nowMs,
    sinceMs: nowMs,
  }
}

/** The states in which an input means something; in any other it changes nothing. */
const expectedIn: Readonly<Record<LoginInput['type'], readonly LoginState[]>> = {
  address: ['starting', 'code_refused', 'checking'],
  code: ['waiting_for_code'],
  // Without a code when the program fails by itself, such as for want of a network.
  refused: ['starting', 'waiting_for_code', 'checking'],
  // A sign-in may come to its end without a code: the page of some providers tells the program itself.
  token: ['starting', 'waiting_for_code', 'checking'],
  stored: ['storing'],
  failed: ['starting', 'waiting_for_code', 'checking', 'code_refused', 'storing'],
  // Not `storing`: the provider has given its token, and may give no second one.
  cancelled: ['starting', 'waiting_for_code', 'checking', 'code_refused'],
}

/** The sign-in after an input; the same object when that input means nothing to it. */
export function nextLogin(login: Login, input: LoginInput, nowMs: number, limits: LoginLimits): Login {
  if (!expectedIn[input.type].includes(login.state)) return login
  const at = (state: LoginState, change: Partial<Login> = {}): Login => ({
    ...login,
    url: null,
    ...change,
    state,
    sinceMs: nowMs,
  })
  switch (input.type) {
    case 'address':
      return at('waiting_for_code', { url: input.url })
    case 'code':
      return at('checking')
    case 'refused':
      return refused(at, login.refusedCodes + 1, input.reason, limits)
    case 'token':
      return at('storing')
    case 'stored':
      return at('done')
    case 'failed':
      return at('failed', { error: shown(input.error) })
    case 'cancelled':
      return at('cancelled')
  }
}

/**
 * Monotonic milliseconds at which its state, or the whole of it, has taken too long. Null when it is over, and while it is
 * `storing`, which has limits of its own.
 */
export function deadlineOf(login: Login, limits: LoginLimits): number | null {
  if (isOver(login.state) || login.state === 'storing') return null
  const end = login.startedAtMs + limits.wholeMs
  if (login.state === 'waiting_for_code') return end
  return Math.min(end, login.sinceMs + (login.state === 'starting' ? limits.startMs : limits.checkMs))
}

type At = (state: LoginState, change?: Partial<Login>) => Login

function refused(at: At, refusedCodes: number, reason: string, { refusedCodesMax }: LoginLimits): Login {
  if (refusedCodes < refusedCodesMax) return at('code_refused', { refusedCodes, refusal: reason })
  const error = new TraseError(
    'login_failed',
    `${refusedCodes} codes were refused${reason && `, the last: ${reason}`}`,
    {
      hint: 'begin again, and copy the whole code from the page that the newest address leads to',
    },
  )
  return at('failed', { refusedCodes, refusal: reason, error: shown(error) })
}

function shown({ code, message, hint }: TraseError): LoginError {
  return { code, message, hint: hint ?? null }
}
