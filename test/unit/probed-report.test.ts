// Where the outcome of a probe stands in the status report, and what it makes of it.
import { expect, test } from 'vitest'
import { type Probe, type ProbeOutcome, probeOutcome } from '../../src/domain/probe.ts'
import { probedReport } from '../../src/domain/probed-report.ts'
import type { AnswerClass } from '../../src/domain/rate-limit.ts'
import type { StatusReport } from '../../src/domain/report.ts'
import { added, home, work } from '../support/story.ts'
import { disabled, expiresIn, report } from '../support/status-report.ts'

function probed(before: StatusReport, probe: Probe): StatusReport {
  return probedReport(before, new Map([[work, probe]]), (profileId) => `renew ${profileId}`)
}

test.each<[AnswerClass, number, ProbeOutcome]>([
  ['ok', 200, 'ok'],
  ['unauthorized', 401, 'unauthorized'],
  ['rate_limited', 429, 'rate_limited'],
  ['billing', 402, 'billing'],
  ['restricted', 400, 'restricted'],
  ['other', 404, 'unsupported'],
  ['other', 403, 'unsupported'],
  ['other', 400, 'failed'],
  ['other', 500, 'failed'],
])('an answer of class %s with status %i is %s', (answerClass, status, outcome) => {
  expect(probeOutcome(answerClass, status)).toBe(outcome)
})

test('a probe stands beside its candidate, and nothing beside one that was not probed', () => {
  const { providers, check } = probed(report([added(), added(home)]), { outcome: 'ok', status: 200, latencyMs: 7 })
  const candidates = providers[0]?.candidates ?? []
  expect(candidates.find(({ profileId }) => profileId === work)?.probe).toEqual({
    outcome: 'ok',
    status: 200,
    latencyMs: 7,
  })
  expect(candidates.find(({ profileId }) => profileId === home)).not.toHaveProperty('probe')
  expect(check.problems).toEqual([])
})

test.each<[ProbeOutcome, string | null]>([
  ['unauthorized', 'renew anthropic:work'],
  ['billing', "pay the provider's bill, then: traseai models auth enable anthropic:work"],
  ['unreachable', 'check the network, and models.providers in traseai.json'],
  ['timeout', 'check the network, and models.providers in traseai.json'],
  ['rate_limited', null],
  ['unsupported', null],
  ['failed', null],
])('%s is a problem with the hint %j, and the exit status stays', (outcome, hint) => {
  const { check } = probed(report([added()]), { outcome, message: 'why' })
  expect(check.exitCode).toBe(0)
  expect(check.problems).toEqual(
    hint === null
      ? []
      : [
          {
            code: 'probe',
            provider: 'anthropic',
            profileId: work,
            message: 'anthropic:work did not pass its probe: why',
            hint,
          },
        ],
  )
})

test('a provider that cannot be reached is one finding, however many credentials it has', () => {
  const message = 'api.anthropic.test cannot be reached: ECONNREFUSED'
  const probes = new Map([work, home].map((profileId) => [profileId, { outcome: 'unreachable', message } as const]))
  const { check } = probedReport(report([added(), added(home)]), probes, () => 'renew it')
  expect(check.problems).toMatchObject([{ message: `no credential of anthropic passed its probe: ${message}` }])
  expect(check.problems[0]).not.toHaveProperty('profileId')
  const other = new Map<string, Probe>([...probes, [home, { outcome: 'ok' }]])
  const mixed = probedReport(report([added(), added(home)]), other, () => 'renew it')
  expect(mixed.check.problems).toMatchObject([{ profileId: work }])
})

test('a disabled credential that the provider takes is for a person to enable', () => {
  const { check } = probed(report([added(), disabled(work, 'unauthorized')]), { outcome: 'ok' })
  expect(check.problems.at(-1)).toMatchObject({
    code: 'probe',
    message: 'anthropic:work is disabled, but the provider takes it',
    hint: 'traseai models auth enable anthropic:work',
  })
})

test('an expired credential that passes stays expired', () => {
  const { check } = probed(report([added(work, expiresIn(-1))]), { outcome: 'ok' })
  expect(check.exitCode).toBe(1)
})
