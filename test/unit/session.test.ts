// What sessions pin: the decider, and how long a pin lasts.
import { expect, test } from 'vitest'
import type { CommandOf, SessionCommand } from '../../src/domain/command.ts'
import { decide } from '../../src/domain/decide.ts'
import { parseAgentId, parseProfileId, parseSessionId } from '../../src/domain/ids.ts'
import { pinsMax } from '../../src/domain/session.ts'
import type { State } from '../../src/domain/state.ts'
import { added, type Fact, given, gpt, home, main, noon, print1, print2, stateAfter, work } from '../support/story.ts'

const session = parseSessionId('chat-7')
const model = 'anthropic/claude-opus-4-5'

function pin(changes: Partial<CommandOf<'PinModel'>> = {}): SessionCommand {
  return { type: 'PinModel', session, agent: main, model, profileId: null, ...changes }
}

const unpin: SessionCommand = { type: 'UnpinModel', session, reason: 'user' }
const pinned: Fact = { type: 'ModelPinned', data: { session, agent: main, model } }
const pinnedToWork: Fact = { type: 'ModelPinned', data: { session, agent: main, model, profileId: work } }

test('a session pins a model', () => {
  given()
    .when(pin())
    .thenHappens({ type: 'ModelPinned', data: { session, agent: main, model } })
})

test('a session pins a model with a credential of its provider', () => {
  given(added())
    .when(pin({ profileId: work }))
    .thenHappens({ type: 'ModelPinned', data: { session, agent: main, model, profileId: work } })
})

test('the same pin again is nothing new', () => {
  given(pinned).when(pin()).thenNothing()
  given(added(), pinnedToWork)
    .when(pin({ profileId: work }))
    .thenNothing()
})

test.each<[string, Partial<CommandOf<'PinModel'>>]>([
  ['model', { model: 'anthropic/claude-haiku-4-5', profileId: work }],
  ['credential', { profileId: home }],
  ['agent', { agent: parseAgentId('writer'), profileId: work }],
  ['lack of a credential', {}],
])('another %s is another pin', (_what, changes) => {
  const state = stateAfter(added(), added(home), pinnedToWork)
  expect(decide(state, pin(changes), noon)).toMatchObject([{ type: 'ModelPinned' }])
})

test('a credential that nobody knows is not pinned', () => {
  given(added())
    .when(pin({ profileId: parseProfileId('anthropic:wrok') }))
    .thenRefused('not_found', 'profile "anthropic:wrok" not found', 'did you mean anthropic:work?')
  given()
    .when(pin({ profileId: work }))
    .thenRefused('not_found', 'profile "anthropic:work" not found', 'anthropic has no credentials')
})

test('a credential of another provider is not pinned', () => {
  given(added(), added(gpt))
    .when(pin({ profileId: gpt }))
    .thenRefused(
      'usage',
      'profile "openai:default" is for openai, not anthropic',
      'credentials of anthropic: anthropic:work',
    )
})

test("another agent's own credential is not pinned", () => {
  given(added(work, { agent: parseAgentId('writer') }))
    .when(pin({ profileId: work }))
    .thenRefused('usage', 'profile "anthropic:work" is for agent writer only')
})

test('what is no model is not pinned', () => {
  given()
    .when(pin({ model: 'opus' }))
    .thenRefused('usage', '"opus" is not a model')
})

test('a session that goes back to the default says what it had', () => {
  given(added(), pinnedToWork)
    .when(unpin)
    .thenHappens({
      type: 'ModelUnpinned',
      data: { session, agent: main, model, profileId: work, reason: 'user' },
    })
  given().when(unpin).thenNothing()
})

test.each<[string, Fact]>([
  ['removed', { type: 'CredentialRemoved', data: { profileId: work, reason: 'by hand' } }],
  ['rotated', { type: 'CredentialRotated', data: { profileId: work, from: print1, to: print2 } }],
  ['disabled', { type: 'CredentialDisabled', data: { profileId: work, reason: 'user' } }],
])('a session keeps its pin when the credential is %s', (_how, fact) => {
  expect(stateAfter(added(), pinnedToWork, fact).pins).toEqual(stateAfter(added(), pinnedToWork).pins)
})

test('pins have a limit, and those that are there can still change', () => {
  const pins = Object.fromEntries(
    Array.from({ length: pinsMax }, (_, index) => {
      const id = parseSessionId(`s${index}`)
      return [id, { session: id, agent: main, model, profileId: null, pinnedAt: noon, version: 1 }]
    }),
  )
  const full: State = { ...stateAfter(), pins }
  expect(() => decide(full, pin(), noon)).toThrow(/^6000 sessions have a model pinned/)
  const changed = pin({ session: parseSessionId('s7'), model: 'anthropic/claude-haiku-4-5' })
  expect(decide(full, changed, noon)).toHaveLength(1)
})
