// A sign-in's state as it changes, with the time limit of each state running.
import type { Host, Timer } from '../host.ts'
import { deadlineOf, type Login, type LoginInput, type LoginLimits, nextLogin, startLogin } from './login-state.ts'

export interface LoginClock {
  readonly login: Login
  /** Takes an input in. False when it means nothing in this state, and so changes nothing. */
  advance(input: LoginInput): boolean
}

export interface LoginClockOptions {
  readonly host: Pick<Host, 'monotonicMs' | 'setTimer'>
  readonly limits: LoginLimits
  readonly onChange: () => void
  /** The state, or the whole of it, has taken too long. */
  readonly onLate: (stateMs: number) => unknown
}

export function openLoginClock({ host, limits, onChange, onLate }: LoginClockOptions): LoginClock {
  let login = startLogin(host.monotonicMs())
  let timer: Timer | null = null

  function arm(): void {
    timer?.cancel()
    const deadline = deadlineOf(login, limits)
    if (deadline === null) return
    timer = host.setTimer(deadline - host.monotonicMs(), () => onLate(host.monotonicMs() - login.sinceMs))
  }

  arm()
  return {
    get login() {
      return login
    },
    advance(input) {
      const next = nextLogin(login, input, host.monotonicMs(), limits)
      if (next === login) return false
      login = next
      arm()
      onChange()
      return true
    },
  }
}
