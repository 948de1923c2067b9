// The status report: what `models status` shows.
import { expect, test } from 'vitest'
import { parseProfileId, parseProviderId } from '../../src/domain/ids.ts'
import { buildStatusReport, type ProviderStatus, providerStatus } from '../../src/domain/report.ts'
import type { CandidateStatus } from '../../src/domain/candidate.ts'
import { report, inUse, limited, key, only, emptyHome, expiresIn } from '../support/status-report.ts'
import { added, dayMs, home, iso, minuteMs, noon, openai, stateAfter, work } from '../support/story.ts'

test('a home with one good key is in order', () => {
  const variable = parseProfileId('anthropic:ANTHROPIC_API_KEY')
  const place = { kind: 'process-env', name: 'ANTHROPIC_API_KEY' } as const
  const shadowed = { kind: 'env-file', name: 'ANTHROPIC_API_KEY' } as const
  const twin = { kind: 'env-file', name: 'ANTHROPIC_API_KEY_2' } as const
  const status = report([key(variable, 'ANTHROPIC_API_KEY')], {
    environment: new Map([[variable, { place, shadows: [shadowed], alsoAt: [twin] }]]),
    last4: new Map([[variable, 'wxyz']]),
    lastUsedAt: new Map([[variable, noon - 1]]),
  })
  expect(status).toEqual({
    version: 1,
    agent: 'main',
    gateway: { version: '0.1.0', pid: 7, http: 'http://127.0.0.1:7717' },
    check: { exitCode: 0, problems: [] },
    providers: [
      {
        provider: 'anthropic',
        status: 'ok',
        endpoint: 'https://api.anthropic.test',
        next: variable,
        candidates: [
          {
            profileId: variable,
            kind: 'api_key',
            agent: null,
            source: { ...place, shadows: [shadowed, twin] },
            fingerprint: '1111111111111111',
            last4: 'wxyz',
            status: 'ready',
            reason: null,
            until: null,
            expiresAt: null,
            lastUsedAt: iso(noon - 1),
          },
        ],
      },
    ],
  })
})

test('a stored credential shows where it is kept, and nothing of a secret too short', () => {
  const [shown] = report([added(work, expiresIn(90 * dayMs))]).providers[0]?.candidates ?? []
  expect(shown).toMatchObject({
    source: { kind: 'vault', name: work, shadows: [] },
    last4: null,
    lastUsedAt: null,
    expiresAt: iso(noon + 90 * dayMs),
  })
})

test('providers that have a credential or are in use are listed, known ones in the order of their table', () => {
  const acme = parseProviderId('acme')
  const zeta = parseProfileId('zeta:old')
  const status = report([added(zeta), added(work)], inUse({ defaultProvider: openai, ordered: [acme] }))
  expect(status.providers.map(({ provider, endpoint }) => [provider, endpoint])).toEqual([
    ['openai', 'https://api.openai.test'],
    ['anthropic', 'https://api.anthropic.test'],
    ['acme', ''],
    ['zeta', ''],
  ])
})

test('without any credential it says so and what to do', () => {
  const status = report([])
  expect(status.providers).toEqual([])
  expect(status.check).toEqual({
    exitCode: 1,
    problems: [
      {
        code: 'missing',
        message: 'No credentials found',
        hint: 'traseai onboard, or: traseai models auth paste-api-key --provider openai, or: traseai env set OPENAI_API_KEY',
      },
    ],
  })
})

test('a cooling credential shows until when', () => {
  const status = report([added(work), limited(work, minuteMs)])
  expect(status.providers[0]?.candidates).toMatchObject([{ status: 'cooling', until: iso(noon + minuteMs) }])
  expect(only(status)).toEqual({
    code: 'cooling',
    provider: 'anthropic',
    profileId: work,
    message: `anthropic:work is rate limited until ${iso(noon + minuteMs)}`,
    hint: 'traseai models auth cooldown list',
  })
})

test('a credential that cools for some models is ready, and says for which it is not', () => {
  const status = report([added(work), limited(work, 2 * minuteMs, 'opus'), limited(work, minuteMs, 'haiku')])
  const reason = `rate limited for haiku, opus until ${iso(noon + minuteMs)}`
  expect(status.providers[0]).toMatchObject({
    status: 'ok',
    next: work,
    candidates: [{ status: 'ready', until: null, reason }],
  })
  expect(only(status)?.message).toBe(`anthropic:work is ${reason}`)
})

test('a candidate whose credential was removed meanwhile is left out', () => {
  const candidates = [{ profileId: home, status: 'ready', reason: null, until: null }] as const
  const input = emptyHome(stateAfter(added(work)).credentials)
  const status = buildStatusReport({ ...input, selectionOf: () => ({ basis: 'default', candidates, next: null }) })
  expect(status.providers).toMatchObject([{ provider: 'anthropic', candidates: [] }])
  expect(status.check.problems).toEqual([])
})

test('a candidate that cannot be used has no reason but its own', () => {
  const candidates = [{ profileId: work, status: 'excluded', reason: null, until: null }] as const
  const input = emptyHome(stateAfter(added(work), limited(work, minuteMs, 'opus')).credentials)
  const status = buildStatusReport({ ...input, selectionOf: () => ({ basis: 'default', candidates, next: null }) })
  expect(status.providers[0]?.candidates[0]?.reason).toBeNull()
})

test.each<[ProviderStatus, readonly CandidateStatus[]]>([
  ['missing', []],
  ['missing', ['excluded', 'excluded']],
  ['expired', ['expired', 'expired']],
  ['expired', ['expired', 'excluded']],
  ['limited', ['cooling']],
  ['limited', ['disabled']],
  ['limited', ['cooling', 'expired']],
  ['expiring', ['expiring']],
  ['expiring', ['ready', 'expiring']],
  ['expiring', ['cooling', 'expiring']],
  ['ok', ['ready']],
  ['ok', ['ready', 'expired']],
  ['ok', ['disabled', 'ready', 'cooling', 'excluded']],
])('a provider is %s with candidates %j', (expected, statuses) => {
  const candidates = statuses.map((status) => ({ profileId: work, status, reason: null, until: null }))
  expect(providerStatus({ basis: 'default', candidates, next: null })).toBe(expected)
})
