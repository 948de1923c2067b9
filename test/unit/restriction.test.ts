// A credential that its provider takes from one program only, and one that belongs to one agent.
import { expect, test } from 'vitest'
import type { Command } from '../../src/domain/command.ts'
import { decide } from '../../src/domain/decide.ts'
import { parseAgentId } from '../../src/domain/ids.ts'
import type { Dialect } from '../../src/domain/provider.ts'
import { type Classification, classifyAnswer, classifyStreamEvent } from '../../src/domain/rate-limit.ts'
import { expiresIn, report } from '../support/status-report.ts'
import {
  add,
  added,
  given,
  iso,
  main,
  minuteMs,
  noon,
  print1,
  print2,
  stateAfter,
  type Fact,
  work,
} from '../support/story.ts'

const other = parseAgentId('other')
const restricted: Fact = { type: 'CredentialRestricted', data: { profileId: work, to: 'claude-code' } }

function restrict(startedAt = noon): Command {
  return { type: 'RecordRestriction', profileId: work, to: 'claude-code', startedAt }
}

test('a restriction is told once for each value', () => {
  given(added())
    .when(restrict())
    .thenHappens({ type: 'CredentialRestricted', data: { profileId: work, to: 'claude-code' } })
  given(added(), restricted).when(restrict()).thenNothing()
  const rotated: Fact = { type: 'CredentialRotated', data: { profileId: work, from: print1, to: print2 } }
  expect(decide(stateAfter(added(), restricted, rotated), restrict(), noon)).toHaveLength(1)
})

test('a restriction changes nothing else: the credential stays in use', () => {
  const { credentials } = stateAfter(added(), restricted)
  const before = stateAfter(added()).credentials[work]
  expect(credentials[work]).toEqual({ ...before, restrictedTo: 'claude-code', version: 2 })
})

test('an answer to the value before this one says nothing, nor does one about a credential that is gone', () => {
  given(added())
    .when(restrict(noon - 1), noon + minuteMs)
    .thenNothing()
  given().when(restrict()).thenNothing()
})

test('after the clock was set back a restriction is told all the same', () => {
  expect(decide(stateAfter(added()), restrict(noon - minuteMs), noon - minuteMs)).toHaveLength(1)
})

test('a credential is stored for one agent', () => {
  const { type: _type, expiresAt: _expiresAt, ...data } = add({ agent: main })
  given()
    .when(add({ agent: main }))
    .thenHappens({ type: 'CredentialAdded', data: { ...data, agent: main } })
})

test('the id of another agent, or of all of them, cannot be taken', () => {
  const hint = 'choose another name: --profile-id anthropic:<name>'
  given(added(work, { agent: main }))
    .when(add({ agent: other, fingerprint: print2 }))
    .thenRefused('already_exists', 'credential "anthropic:work" is there already, for agent main', hint)
  given(added(work, { agent: main }))
    .when(add({ fingerprint: print2 }))
    .thenRefused('already_exists', 'credential "anthropic:work" is there already, for agent main', hint)
  given(added())
    .when(add({ agent: main, fingerprint: print1 }))
    .thenRefused('already_exists', 'credential "anthropic:work" is there already, for every agent', hint)
})

test('its own agent rotates it, and it stays that agent’s', () => {
  const rotation: Fact = { type: 'CredentialRotated', data: { profileId: work, from: print1, to: print2 } }
  given(added(work, { agent: main }))
    .when(add({ agent: main, fingerprint: print2 }))
    .thenHappens(rotation)
  expect(stateAfter(added(work, { agent: main }), rotation).credentials[work]?.agent).toBe(main)
})

test('the same value and date again is nothing new; without a date the known one stays', () => {
  const dated = added(work, { expiresAt: iso(noon + minuteMs) })
  given(dated)
    .when(add({ expiresAt: noon + minuteMs + 0.5 }))
    .thenNothing()
  given(dated).when(add()).thenNothing()
})

const message = 'This credential is only authorized for use with Claude Code and cannot be used for other API requests.'
const refusal = { type: 'error', error: { type: 'invalid_request_error', message } }

function classOf(status: number, body: unknown, dialect: Dialect = 'anthropic'): Classification {
  return classifyAnswer({ dialect, status, headers: () => undefined, body, now: noon })
}

test.each([400, 401, 403, 429])(
  'the provider’s own words with status %i are a restriction, and no other credential is tried',
  (status) => {
    expect(classOf(status, refusal)).toMatchObject({ class: 'restricted', restrictedTo: 'claude-code', tryNext: false })
  },
)

test('the same words in a stream are a restriction', () => {
  expect(classifyStreamEvent('anthropic', 'error', refusal, noon)).toMatchObject({ class: 'restricted' })
})

test('only Anthropic’s answers are looked at, and what a request quotes does not count', () => {
  expect(classOf(400, refusal, 'openai').class).toBe('other')
  const quoting = { type: 'error', error: { type: 'invalid_request_error', message: `bad value: "${message}"` } }
  expect(classOf(400, quoting).class).toBe('other')
  expect(classOf(200, refusal).class).toBe('ok')
})

test('the report says for whom it is, and how to serve the others', () => {
  const { check, providers } = report([added(), restricted])
  expect(check).toEqual({
    exitCode: 0,
    problems: [
      {
        code: 'restricted',
        provider: 'anthropic',
        profileId: work,
        message: 'anthropic:work is only for Claude Code',
        hint: expect.stringContaining('traseai models auth paste-api-key --provider anthropic') as string,
      },
    ],
  })
  expect(providers[0]?.candidates[0]).toMatchObject({ status: 'ready', reason: 'only for Claude Code' })
})

test('one that expires soon says so by its status', () => {
  const { providers } = report([added(work, expiresIn(1)), restricted])
  expect(providers[0]?.candidates[0]).toMatchObject({ status: 'expiring', reason: 'only for Claude Code' })
})
