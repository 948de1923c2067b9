// An agent's own order of a provider's credentials.
import { describe, expect, test } from 'vitest'
import type { OrderCommand } from '../../src/domain/command.ts'
import { decide } from '../../src/domain/decide.ts'
import { parseAgentId, parseProfileId, type ProfileId } from '../../src/domain/ids.ts'
import {
  added,
  anthropic,
  type Fact,
  given,
  gpt,
  home,
  main,
  noon,
  openai,
  stateAfter,
  work,
} from '../support/story.ts'

function order(...profileIds: ProfileId[]): OrderCommand {
  return { type: 'SetOrder', agent: main, provider: anthropic, profileIds }
}

const ordered: Fact = {
  type: 'CredentialsOrdered',
  data: { agent: main, provider: anthropic, profileIds: [home, work] },
}
const clear: OrderCommand = { type: 'ClearOrder', agent: main, provider: anthropic }

test('an order of known credentials is set', () => {
  given(added(work), added(home)).when(order(home, work)).thenHappens(ordered)
})

test('an order that is set already is nothing new; another one replaces it', () => {
  const state = given(added(work), added(home), ordered)
  state.when(order(home, work)).thenNothing()
  state
    .when(order(work, home))
    .thenHappens({ type: 'CredentialsOrdered', data: { agent: main, provider: anthropic, profileIds: [work, home] } })
  state
    .when(order(home))
    .thenHappens({ type: 'CredentialsOrdered', data: { agent: main, provider: anthropic, profileIds: [home] } })
})

test('an order that adds a credential at its end is new', () => {
  const third = parseProfileId('anthropic:third')
  const profileIds = [home, work, third]
  given(added(work), added(home), added(third), ordered)
    .when(order(...profileIds))
    .thenHappens({ type: 'CredentialsOrdered', data: { agent: main, provider: anthropic, profileIds } })
})

test('an order that shares its beginning with the one before is new', () => {
  const third = parseProfileId('anthropic:third')
  given(added(work), added(home), added(third), ordered)
    .when(order(home, third))
    .thenHappens({ type: 'CredentialsOrdered', data: { agent: main, provider: anthropic, profileIds: [home, third] } })
})

test('each agent and each provider has an order of its own', () => {
  const state = stateAfter(added(work), added(home), added(gpt), ordered)
  const other = parseAgentId('other')
  expect(decide(state, { ...clear, agent: other }, noon)).toEqual([])
  expect(decide(state, { ...clear, provider: openai }, noon)).toEqual([])
  expect(
    decide(state, { type: 'SetOrder', agent: other, provider: anthropic, profileIds: [home, work] }, noon),
  ).toHaveLength(1)
  expect(decide(state, { type: 'SetOrder', agent: main, provider: openai, profileIds: [gpt] }, noon)).toHaveLength(1)
})

test('an unknown credential is refused with the nearest one and those there are', () => {
  const hint = 'did you mean anthropic:work? known for anthropic: anthropic:work, anthropic:home'
  given(added(work), added(gpt), added(home))
    .when(order(home, parseProfileId('anthropic:wrk')))
    .thenRefused('not_found', 'credential "anthropic:wrk" not found', hint)
})

test('where nothing is near, the hint only lists; where nothing is known, it says so', () => {
  const command = order(parseProfileId('anthropic:elsewhere'))
  given(added(work))
    .when(command)
    .thenRefused('not_found', 'credential "anthropic:elsewhere" not found', 'known for anthropic: anthropic:work')
  given()
    .when(command)
    .thenRefused('not_found', 'credential "anthropic:elsewhere" not found', 'anthropic has no credentials')
})

test('of very many credentials the hint lists the first twenty', () => {
  const facts = Array.from({ length: 22 }, (_, index) => added(parseProfileId(`anthropic:k${index}`)))
  const command = order(parseProfileId('anthropic:elsewhere'))
  const names = Array.from({ length: 20 }, (_, index) => `anthropic:k${index}`).join(', ')
  given(...facts.slice(0, 20))
    .when(command)
    .thenRefused('not_found', 'credential "anthropic:elsewhere" not found', `known for anthropic: ${names}`)
  given(...facts)
    .when(command)
    .thenRefused('not_found', 'credential "anthropic:elsewhere" not found', `known for anthropic: ${names} and 2 more`)
})

test("another provider's credential is refused, known or not", () => {
  const message = 'credential "openai:default" is for openai, not anthropic'
  given(added(work), added(gpt))
    .when(order(work, gpt))
    .thenRefused('usage', message, 'known for anthropic: anthropic:work')
  given().when(order(gpt)).thenRefused('usage', message, 'anthropic has no credentials')
})

test('a credential that is named twice is refused', () => {
  given(added(work), added(home))
    .when(order(work, home, work))
    .thenRefused('usage', 'credential "anthropic:work" is named twice')
})

test('an order without credentials is refused with those that could be named', () => {
  given(added(work))
    .when(order())
    .thenRefused('usage', 'an order for anthropic without credentials', 'known for anthropic: anthropic:work')
})

test('an order is dropped; none is nothing to drop', () => {
  given(ordered)
    .when(clear)
    .thenHappens({
      type: 'CredentialOrderCleared',
      data: { agent: main, provider: anthropic, profileIds: [home, work] },
    })
  given().when(clear).thenNothing()
})

describe("an agent's own credential", () => {
  const other = parseAgentId('other')
  const [forMain, forOther] = [added(work, { agent: main }), added(home, { agent: other })]

  test('is ordered by its agent, and refused to every other one', () => {
    const hint = 'known for anthropic: anthropic:work'
    given(forMain, forOther)
      .when(order(work))
      .thenHappens({ type: 'CredentialsOrdered', data: { agent: main, provider: anthropic, profileIds: [work] } })
    given(forMain, forOther)
      .when(order(work, home))
      .thenRefused('usage', 'credential "anthropic:home" is for agent other only', hint)
    given(forOther)
      .when(order(home))
      .thenRefused(
        'usage',
        'credential "anthropic:home" is for agent other only',
        'anthropic has no credentials for agent main',
      )
  })
})

describe('a credential that goes', () => {
  const drop = (profileId: ProfileId): OrderCommand => {
    return { type: 'DropFromOrder', agent: main, provider: anthropic, profileId }
  }

  test('leaves the rest of an order as it is, also what is away itself', () => {
    given(ordered)
      .when(drop(home))
      .thenHappens({ type: 'CredentialsOrdered', data: { agent: main, provider: anthropic, profileIds: [work] } })
  })

  test('takes an order with it that names nothing else', () => {
    const alone: Fact = { type: 'CredentialsOrdered', data: { agent: main, provider: anthropic, profileIds: [home] } }
    given(alone)
      .when(drop(home))
      .thenHappens({ type: 'CredentialOrderCleared', data: { agent: main, provider: anthropic, profileIds: [home] } })
  })

  test('is nothing to an order that does not name it', () => {
    given(ordered).when(drop(gpt)).thenNothing()
    given().when(drop(home)).thenNothing()
  })
})
