// A sign-in as a state machine: which input means something when, and how long each state may take.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOver, type LoginState } from '../../src/domain/login.ts'
import { TraseError } from '../../src/errors.ts'
import {
  deadlineOf,
  type Login,
  type LoginInput,
  loginLimits,
  nextLogin,
  startLogin,
} from '../../src/login/login-state.ts'

const inputs: Readonly<Record<LoginInput['type'], LoginInput>> = {
  address: { type: 'address', url: 'https://sign-in.test/' },
  code: { type: 'code' },
  refused: { type: 'refused', reason: 'not it' },
  token: { type: 'token' },
  stored: { type: 'stored' },
  failed: { type: 'failed', error: new TraseError('login_failed', 'it ended', { hint: 'begin again' }) },
  cancelled: { type: 'cancelled' },
}

/** The states that a sign-in goes through, from its start. */
function statesAfter(...types: readonly LoginInput['type'][]): LoginState[] {
  let login = startLogin(0)
  return types.map((type) => (login = nextLogin(login, inputs[type], 0, loginLimits)).state)
}

describe('a sign-in', () => {
  it.each<[string, readonly LoginInput['type'][], readonly LoginState[]]>([
    ['goes well', ['address', 'code', 'token', 'stored'], ['waiting_for_code', 'checking', 'storing', 'done']],
    ['needs no code', ['address', 'token', 'stored'], ['waiting_for_code', 'storing', 'done']],
    [
      'asks again after a refused code',
      ['address', 'code', 'refused', 'address', 'code', 'token'],
      ['waiting_for_code', 'checking', 'code_refused', 'waiting_for_code', 'checking', 'storing'],
    ],
    ['is cancelled', ['address', 'cancelled', 'token'], ['waiting_for_code', 'cancelled', 'cancelled']],
    [
      'keeps a token that has come',
      ['address', 'token', 'cancelled', 'stored'],
      ['waiting_for_code', 'storing', 'storing', 'done'],
    ],
    ['cannot store its token', ['address', 'token', 'failed'], ['waiting_for_code', 'storing', 'failed']],
  ])('%s', (_what, types, states) => {
    expect(statesAfter(...types)).toEqual(states)
  })

  it('that is over stays as it is, whatever comes', () => {
    const anyInputs = fc.array(fc.constantFrom(...Object.values(inputs)), { maxLength: 30 })
    fc.assert(
      fc.property(anyInputs, (given) => {
        let login = startLogin(0)
        for (const input of given) {
          const next = nextLogin(login, input, 0, loginLimits)
          if (isOver(login.state)) expect(next).toBe(login)
          login = next
        }
      }),
    )
  })

  it('has an address while it waits for a code, and never else', () => {
    const anyInputs = fc.array(fc.constantFrom(...Object.values(inputs)), { maxLength: 30 })
    fc.assert(
      fc.property(anyInputs, (given) => {
        const login = given.reduce<Login>((before, input) => nextLogin(before, input, 0, loginLimits), startLogin(0))
        expect(login.url !== null).toBe(login.state === 'waiting_for_code')
        expect(login.error !== null).toBe(login.state === 'failed')
        expect(login.refusedCodes).toBeLessThanOrEqual(loginLimits.refusedCodesMax)
      }),
    )
  })

  it('fails with the fifth code that is refused', () => {
    const oneCode: LoginInput['type'][] = ['address', 'code', 'refused']
    const states = statesAfter(...oneCode, ...oneCode, ...oneCode, ...oneCode, ...oneCode)
    expect(states.at(-4)).toBe('code_refused')
    expect(states.at(-1)).toBe('failed')
  })
})

describe('a state', () => {
  const { startMs, checkMs, wholeMs } = loginLimits

  it.each<[LoginState, number | null]>([
    ['starting', startMs],
    ['waiting_for_code', wholeMs],
    ['checking', 1_000 + checkMs],
    ['code_refused', 1_000 + checkMs],
    ['storing', null],
    ['done', null],
    ['cancelled', null],
  ])('%s has to end by %s', (state, deadline) => {
    const login: Login = { ...startLogin(0), state, sinceMs: state === 'starting' ? 0 : 1_000 }
    expect(deadlineOf(login, loginLimits)).toBe(deadline)
  })

  it('has to end with the whole, however late it began', () => {
    const login: Login = { ...startLogin(0), state: 'checking', sinceMs: wholeMs - 1 }
    expect(deadlineOf(login, loginLimits)).toBe(wholeMs)
  })
})
