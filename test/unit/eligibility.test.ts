// Whose a credential is, and what becomes of one without its secret.
import { expect, test } from 'vitest'
import { eligible } from '../../src/domain/eligibility.ts'
import { parseAgentId } from '../../src/domain/ids.ts'
import { candidateOf, choose, credential, idsOf, pin } from '../support/selection-input.ts'

const [main, work] = [parseAgentId('main'), parseAgentId('work')]
const shared = credential('anthropic:shared')
const own = credential('anthropic:own', { agent: work })
const variable = credential('anthropic:ANTHROPIC_API_KEY')
const atHand = (): null => null

test("an agent uses its own credentials and everybody's, and the others are told why not", () => {
  expect(eligible([shared, own, variable], work, atHand)).toEqual({ credentials: [shared, own, variable], barred: [] })
  expect(eligible([shared, own, variable], main, atHand)).toEqual({
    credentials: [shared, variable],
    barred: [{ profileId: own.profileId, status: 'excluded', reason: 'for agent work only', until: null }],
  })
})

test('a stored credential without its secret is excluded with the reason; one of the environment is not asked', () => {
  const { credentials, barred } = eligible([shared, variable], main, () => 'the vault is locked')
  expect(credentials).toEqual([variable])
  expect(barred).toMatchObject([{ profileId: shared.profileId, reason: 'the vault is locked' }])
})

test('what is barred comes last in a selection and is never next, pinned or not', () => {
  const { credentials, barred } = eligible([own, shared], main, atHand)
  expect(idsOf(choose(credentials, { barred }))).toEqual([shared.profileId, own.profileId])
  const pinned = choose(credentials, { barred, requestPin: pin('anthropic:own') })
  expect(pinned.next).toBeNull()
  expect(candidateOf(pinned, 'anthropic:own')).toMatchObject({ status: 'excluded', reason: 'for agent work only' })
  expect(candidateOf(pinned, 'anthropic:shared')?.reason).toBe('the request is pinned to anthropic:own')
  expect(choose(credentials, { barred, agentOrder: [own.profileId] }).next).toBeNull()
})
