// A credential that its provider takes from one program only, and one that belongs to one agent.
import { expect, test } from 'vitest'
import type { Command } from '../../src/domain/command.ts'
import { decide } from '../../src/domain/decide.ts'
import { parseAgentId } from '../../src/domain/ids.ts'
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
