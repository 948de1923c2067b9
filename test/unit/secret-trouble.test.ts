// What the status says of stored credentials whose secrets are not at hand, or no longer fresh.
import { expect, test } from 'vitest'
import { parseAgentId, parseProfileId, type ProfileId } from '../../src/domain/ids.ts'
import type { SecretTrouble } from '../../src/domain/problem.ts'
import { secretProblems } from '../../src/domain/secret-trouble.ts'
import { inUse, only, report } from '../support/status-report.ts'
import { added, anthropic, home, work } from '../support/story.ts'

const locked: SecretTrouble = { reason: 'the vault is locked', hint: 'traseai vault unlock', isAtHand: false }
const stale: SecretTrouble = { reason: 'file:/k cannot be read: no such file', hint: 'mend the file', isAtHand: true }
const nobody: ReadonlySet<string | undefined> = new Set()

test('one credential is named with its cause and what to do', () => {
  expect(secretProblems(new Map([[work, locked]]), nobody)).toEqual([
    {
      code: 'unavailable',
      provider: 'anthropic',
      profileId: work,
      message: 'anthropic:work cannot be used: the vault is locked',
      hint: 'traseai vault unlock',
    },
  ])
  expect(secretProblems(new Map([[work, stale]]), nobody)[0]?.message).toBe(
    'anthropic:work keeps its last value: file:/k cannot be read: no such file',
  )
})

test('those with the same cause are one finding, however many', () => {
  const ids = Array.from({ length: 5 }, (_, index) => parseProfileId(`openai:k${index}`))
  const troubles = new Map<ProfileId, SecretTrouble>([[work, stale], ...ids.map((id) => [id, locked] as const)])
  expect(secretProblems(troubles, nobody).map(({ message }) => message)).toEqual([
    'anthropic:work keeps its last value: file:/k cannot be read: no such file',
    'openai:k0, openai:k1, openai:k2 and 2 more cannot be used: the vault is locked',
  ])
})

test('a provider in use that has nothing else is missing with that cause, which is said once', () => {
  const setting = { ...inUse({ ordered: [anthropic] }), troubles: new Map([[work, locked]]) }
  const barred = [{ profileId: work, status: 'excluded', reason: locked.reason, until: null } as const]
  const status = report([added(work)], { ...setting, barred })
  expect(status.check.exitCode).toBe(1)
  expect(only(status)).toEqual({
    code: 'missing',
    provider: anthropic,
    profileId: work,
    message: 'no credential of anthropic can be used: anthropic:work: the vault is locked',
    hint: 'traseai vault unlock',
  })
})

test("a provider in use that has other agents' credentials only is missing, and told so", () => {
  const agent = parseAgentId('ops')
  const barred = [{ profileId: home, status: 'excluded', reason: 'for agent ops only', until: null } as const]
  const status = report([added(home, { agent })], { ...inUse({ ordered: [anthropic] }), barred })
  expect(only(status)?.message).toBe('anthropic has credentials of other agents only')
})
