// What `models status --check` finds, and the exit status that follows.
import { expect, test } from 'vitest'
import { parseAgentId, parseProfileId, parseProviderId } from '../../src/domain/ids.ts'
import { renewal } from '../../src/domain/problem.ts'
import { buildStatusReport, type StatusReportInput } from '../../src/domain/report.ts'
import type { Selection } from '../../src/domain/selection.ts'
import { report, inUse, limited, disabled, key, codes, only, emptyHome, expiresIn } from '../support/status-report.ts'
import { added, anthropic, dayMs, gpt, home, iso, minuteMs, noon, openai, stateAfter, work } from '../support/story.ts'

test('without any credential the hint names a variable of a provider in use', () => {
  const status = report([], inUse({ defaultProvider: anthropic }))
  expect(only(status)?.hint).toContain('ANTHROPIC_API_KEY')
  expect(status.providers).toMatchObject([{ provider: 'anthropic', status: 'missing', next: null, candidates: [] }])
  expect(only(report([], { providers: [] }))?.hint).toContain('ANTHROPIC_API_KEY')
})

test('with no configuration any one usable credential is enough', () => {
  expect(report([added(gpt)]).check).toEqual({ exitCode: 0, problems: [] })
})

test.each<[string, Partial<StatusReportInput['expected']>]>([
  ['models.default', { defaultProvider: openai }],
  ['auth.order', { ordered: [openai] }],
  ['models.default', { defaultProvider: openai, ordered: [openai] }],
])('a provider that %s names and that has no credential is missing', (namedIn, expected) => {
  const status = report([added(work)], inUse(expected))
  expect(status.check.exitCode).toBe(1)
  expect(only(status)).toEqual({
    code: 'missing',
    provider: 'openai',
    message: `openai is in use (${namedIn}) and has no credential`,
    hint: 'traseai models auth paste-api-key --provider openai, or: traseai env set OPENAI_API_KEY',
  })
})

test('a provider in use that has a credential is not missing', () => {
  expect(report([added(work)], inUse({ defaultProvider: anthropic, ordered: [anthropic] })).check.exitCode).toBe(0)
})

test('a mistyped provider is named with the nearest known one', () => {
  const typo = report([added(work)], inUse({ ordered: [parseProviderId('opneai')] }))
  expect(only(typo)).toMatchObject({
    code: 'missing',
    message: 'auth.order names an unknown provider "opneai"',
    hint: 'did you mean openai? mend auth.order in traseai.json',
  })
  const stranger = report([added(work)], inUse({ defaultProvider: parseProviderId('acme') }))
  expect(only(stranger)?.hint).toBe('add it to models.providers in traseai.json')
})

test.each([
  [
    'anthropic:default',
    'traseai models auth setup-token --provider anthropic --profile-id anthropic:default, or take it out of auth.profiles: traseai models auth remove anthropic:default',
  ],
  [
    'anthropic:ANTHROPIC_API_KEY_2',
    'traseai env set ANTHROPIC_API_KEY_2, or take it out of auth.profiles: traseai models auth remove anthropic:ANTHROPIC_API_KEY_2',
  ],
] as const)('auth.profiles names %s, which nobody backs: missing, although its provider has another', (id, hint) => {
  const profileId = parseProfileId(id)
  const status = report([added(work)], inUse({ profiles: [{ profileId, provider: anthropic, kind: 'token' }] }))
  expect(status.check.exitCode).toBe(1)
  expect(only(status)).toEqual({
    code: 'missing',
    provider: 'anthropic',
    profileId,
    message: `auth.profiles names ${id}, which has no credential`,
    hint,
  })
})

test('a profile nobody backs is named beside everything else that is missing', () => {
  const profiles = [{ profileId: gpt, provider: openai, kind: 'api_key' }] as const
  expect(report([], inUse({ profiles })).check.problems.map(({ message }) => message)).toEqual([
    'No credentials found',
    'auth.profiles names openai:default, which has no credential',
  ])
  expect(report([added(work)], inUse({ profiles })).check.problems.map(({ message }) => message)).toEqual([
    'openai is in use (auth.profiles) and has no credential',
    'auth.profiles names openai:default, which has no credential',
  ])
})

test('a profile that a credential backs is in order', () => {
  const profiles = [{ profileId: work, provider: anthropic, kind: 'api_key' }] as const
  expect(report([added(work)], inUse({ profiles })).check).toEqual({ exitCode: 0, problems: [] })
})

test('an order that leaves out every credential leaves the provider without any', () => {
  const orders = { anthropic: [home] }
  for (const setting of [{ orders }, { orders, ...inUse({ ordered: [anthropic] }) }]) {
    const status = report([added(work)], setting)
    expect(status.providers[0]).toMatchObject({ status: 'missing', next: null, candidates: [{ status: 'excluded' }] })
    expect(status.check.exitCode).toBe(1)
    expect(only(status)).toEqual({
      code: 'missing',
      provider: 'anthropic',
      message: 'the order for anthropic names no credential that is there',
      hint: 'traseai models auth explain --provider anthropic',
    })
  }
  expect(report([added(work), added(gpt)], { orders }).check.exitCode).toBe(0)
})

test('a credential that auth.order names and nobody has is told without changing the exit status', () => {
  const orderedProfiles = [work, parseProfileId('anthropic:wrok'), parseProfileId('anthropic:ANTHROPIC_API_KEY_9')]
  const status = report([added(work)], inUse({ ordered: [anthropic], orderedProfiles }))
  expect(status.check).toEqual({
    exitCode: 0,
    problems: [
      {
        code: 'configuration',
        provider: 'anthropic',
        profileId: 'anthropic:wrok',
        message: 'auth.order names anthropic:wrok, which has no credential',
        hint: 'did you mean anthropic:work? mend auth.order in traseai.json',
      },
      {
        code: 'configuration',
        provider: 'anthropic',
        profileId: 'anthropic:ANTHROPIC_API_KEY_9',
        message: 'auth.order names anthropic:ANTHROPIC_API_KEY_9, which has no credential',
        hint: 'mend auth.order in traseai.json; see what there is: traseai models auth list --provider anthropic',
      },
    ],
  })
})

test('a credential that a quota group names and nobody has is told', () => {
  const groupedProfiles = [work, parseProfileId('anthropic:wrok')]
  expect(report([added(work)], inUse({ groupedProfiles })).check.problems).toMatchObject([
    {
      code: 'configuration',
      message: 'auth.quotaGroups names anthropic:wrok, which has no credential',
      hint: 'did you mean anthropic:work? mend auth.quotaGroups in traseai.json',
    },
  ])
})

test('a credential that auth.order names and nobody has is told once', () => {
  const profiles = [{ profileId: home, provider: anthropic, kind: 'token' as const }]
  const named = inUse({ profiles, ordered: [anthropic], orderedProfiles: [home, work] })
  expect(codes(report([added(work)], named))).toEqual(['missing'])
  const ordered = inUse({ ordered: [openai], orderedProfiles: [gpt] })
  expect(codes(report([added(work)], ordered))).toEqual(['missing'])
})

test('an expired credential is exit 1, whatever else there is', () => {
  const status = report([added(work, expiresIn(0)), added(home, expiresIn(dayMs)), added(gpt)])
  expect(status.check.exitCode).toBe(1)
  expect(status.check.problems).toEqual([
    {
      code: 'expired',
      provider: 'anthropic',
      profileId: work,
      message: `anthropic:work expired at ${iso(noon)}`,
      hint: 'traseai models auth paste-api-key --provider anthropic --profile-id anthropic:work',
    },
    {
      code: 'expiring',
      provider: 'anthropic',
      profileId: home,
      message: `anthropic:home expires at ${iso(noon + dayMs)}`,
      hint: 'traseai models auth paste-api-key --provider anthropic --profile-id anthropic:home',
    },
  ])
})

test('an expiring credential is exit 2', () => {
  const status = report([added(work, { ...expiresIn(minuteMs), kind: 'token' })])
  expect(status.check.exitCode).toBe(2)
  expect(only(status)?.hint).toBe('traseai models auth setup-token --provider anthropic --profile-id anthropic:work')
})

test.each([
  ['traseai models auth paste-token --provider openai --profile-id openai:default', added(gpt, { kind: 'token' })],
  [
    "traseai models auth add-reference 'file:/run/it'\\''s' --provider anthropic --profile-id anthropic:work",
    added(work, { source: { kind: 'reference', name: "file:/run/it's" } }),
  ],
  [
    'traseai models auth paste-api-key --provider anthropic --profile-id anthropic:work --agent ops',
    added(work, { agent: parseAgentId('ops') }),
  ],
])('a stored credential is renewed under its own id: %s', (command, fact) => {
  const [credential] = Object.values(stateAfter(fact).credentials)
  expect(credential && renewal(credential)).toBe(command)
})

test('auth.expiryWarning decides what expiring is', () => {
  const facts = [added(work, expiresIn(2 * minuteMs))]
  expect(report(facts, { expiryWarningMs: minuteMs }).check.exitCode).toBe(0)
  expect(report(facts, { expiryWarningMs: 2 * minuteMs }).check.exitCode).toBe(2)
})

test('an expired credential counts also when the order leaves it out, and nothing else of it is told', () => {
  const status = report([added(work, expiresIn(0)), added(home), disabled(work, 'user'), limited(work, minuteMs)], {
    orders: { anthropic: [home] },
  })
  expect([status.check.exitCode, codes(status)]).toEqual([1, ['expired']])
})

test('what is disabled or cooling is told without changing the exit status', () => {
  const status = report(
    [added(work), added(home), disabled(work, 'user'), limited(home, minuteMs)],
    inUse({ defaultProvider: anthropic }),
  )
  expect([status.check.exitCode, codes(status)]).toEqual([0, ['disabled', 'cooling']])
  expect(status.providers[0]).toMatchObject({ status: 'limited', next: null })
})

test.each([
  ['user', 'traseai models auth enable anthropic:work'],
  ['billing', 'traseai models auth enable anthropic:work'],
  ['unauthorized', 'traseai env set ANTHROPIC_API_KEY'],
] as const)('a credential disabled for %s comes back with: %s', (reason, hint) => {
  const problem = only(report([key(work, 'ANTHROPIC_API_KEY'), disabled(work, reason, minuteMs)]))
  expect(problem).toMatchObject({ code: 'disabled', provider: 'anthropic', profileId: work, hint })
  expect(problem?.message).toMatch(/^anthropic:work is disabled: ./)
})

test('a credential that is disabled and expiring is told as both', () => {
  expect(codes(report([added(work, expiresIn(minuteMs)), disabled(work, 'user')]))).toEqual(['expiring', 'disabled'])
})

test('a disabled state needs no reason to be told', () => {
  const { credentials } = stateAfter(added(work))
  const candidates = [{ profileId: work, status: 'disabled', reason: null, until: null }] as const
  const input = {
    ...emptyHome(credentials),
    selectionOf: (): Selection => ({ basis: 'default', candidates, next: null }),
  }
  expect(buildStatusReport(input).check.problems).toMatchObject([{ message: 'anthropic:work is disabled' }])
})

test('of many cooling models three are named', () => {
  const models = ['a', 'b', 'c', 'd', 'e'].map((model, index) => limited(work, minuteMs + index, model))
  expect(only(report([added(work), ...models]))?.message).toContain('rate limited for a, b, c and 2 more until')
  expect(only(report([added(work), ...models.slice(0, 3)]))?.message).toContain('rate limited for a, b, c until')
})

test('while the whole credential cools, that is what counts', () => {
  const status = report([added(work), limited(work, minuteMs, 'opus'), limited(work, 2 * minuteMs)])
  expect(only(status)?.message).toBe(`anthropic:work is rate limited until ${iso(noon + 2 * minuteMs)}`)
})

test('a cooldown of a credential that the order leaves out concerns nobody', () => {
  expect(
    report([added(work), added(home), limited(work, minuteMs)], { orders: { anthropic: [home] } }).check.problems,
  ).toEqual([])
})

test('findings about the settings are told with their place, without changing the exit status', () => {
  const finding = {
    file: '/h/traseai.json',
    line: 3,
    key: 'gatewy',
    message: 'unknown key',
    hint: 'did you mean gateway?',
  }
  const settings = {
    configuration: [finding, { ...finding, message: 'unknown key "gatewy"' }],
    envFile: [{ file: '/h/.env', line: null, key: null, message: 'is a directory', hint: null }],
    profilesFiles: [{ file: '/h/p.json', line: 2, key: null, message: 'is broken', hint: null }],
  }
  expect(report([added(work)], { settings }).check).toEqual({
    exitCode: 0,
    problems: [
      { code: 'configuration', message: '/h/traseai.json:3: gatewy: unknown key', hint: 'did you mean gateway?' },
      { code: 'configuration', message: '/h/traseai.json:3: unknown key "gatewy"', hint: 'did you mean gateway?' },
      { code: 'env_file', message: '/h/.env: is a directory', hint: 'mend /h/.env' },
      { code: 'profiles_file', message: '/h/p.json:2: is broken', hint: 'mend /h/p.json' },
    ],
  })
})

test('the most urgent problems come first', () => {
  const other = parseProfileId('anthropic:other')
  const broken = { file: 'f', line: 1, key: null, message: 'm', hint: null }
  const settings = { configuration: [broken], envFile: [], profilesFiles: [] }
  const facts = [added(work), added(home, expiresIn(minuteMs)), added(other, expiresIn(0)), limited(work, minuteMs)]
  expect(codes(report(facts, { settings, ...inUse({ defaultProvider: openai }) }))).toEqual([
    'expired',
    'missing',
    'expiring',
    'cooling',
    'configuration',
  ])
})
