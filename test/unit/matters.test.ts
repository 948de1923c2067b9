// What of a state people should know of.
import { describe, expect, test } from 'vitest'
import type { Candidate, CandidateStatus } from '../../src/domain/candidate.ts'
import type { Credential } from '../../src/domain/entities.ts'
import type { Matter } from '../../src/domain/matter.ts'
import { mattersOf } from '../../src/domain/matters.ts'
import type { Problem } from '../../src/domain/problem.ts'
import { credential } from '../support/selection-input.ts'
import { dayMs, iso, minuteMs, noon, secondMs } from '../support/story.ts'

const hourMs = 60 * minuteMs

interface World {
  readonly credentials: readonly Credential[]
  readonly problems?: readonly Problem[]
  readonly expectsAny?: boolean
  /** `cooling` unless it says otherwise. */
  readonly statuses?: Readonly<Record<string, CandidateStatus>>
}

function mattersIn({ credentials, problems = [], expectsAny = false, statuses = {} }: World): Matter[] {
  return mattersOf({
    now: noon,
    expiryWarningMs: dayMs,
    credentials: Object.fromEntries(credentials.map((each) => [each.profileId, each])),
    problems,
    expectsAny,
    groups: new Map(),
    selectionOf: (provider) => ({
      basis: 'default',
      next: null,
      candidates: credentials
        .filter((each) => each.provider === provider)
        .map(({ profileId }): Candidate => {
          return { profileId, status: statuses[profileId] ?? 'cooling', reason: null, until: null }
        }),
    }),
  })
}

const [work, home] = ['anthropic:work', 'anthropic:home']

describe('a credential', () => {
  test('that ends within the warning is expiring until then', () => {
    const expiresAt = noon + 6 * hourMs
    expect(mattersIn({ credentials: [credential(work, { expiresAt, kind: 'token' })] })).toEqual([
      {
        key: `expiring:${work}:${iso(expiresAt)}`,
        kind: 'expiring',
        profileId: work,
        provider: 'anthropic',
        title: `${work} expires in 6h`,
        message: `${work} expires in 6h, at 2026-01-15 18:00 UTC`,
        hint: `traseai models auth setup-token --provider anthropic --profile-id ${work}`,
        since: expiresAt - 7 * dayMs,
        until: expiresAt,
      },
    ])
  })

  test('that has ended is expired, and no longer expiring', () => {
    const [matter, ...more] = mattersIn({ credentials: [credential(work, { expiresAt: noon })] })
    expect(matter).toMatchObject({ key: `expired:${work}:${iso(noon)}`, kind: 'expired', since: noon, until: null })
    expect(more).toEqual([])
  })

  test('with another end is another matter', () => {
    const keyAt = (expiresAt: number): unknown => mattersIn({ credentials: [credential(work, { expiresAt })] })[0]?.key
    expect(keyAt(noon + 1)).not.toBe(keyAt(noon + 2))
  })

  test('that refreshes itself does not expire', () => {
    expect(mattersIn({ credentials: [credential(work, { kind: 'oauth', expiresAt: noon + minuteMs })] })).toEqual([])
  })

  test('that cannot be refreshed for a quarter of an hour is told with its end', () => {
    const failing = (forMs: number): Credential =>
      credential(work, {
        kind: 'oauth',
        expiresAt: noon + hourMs,
        refreshFailed: { since: noon - forMs, error: 'invalid_grant' },
      })
    expect(mattersIn({ credentials: [failing(15 * minuteMs - 1)] })).toEqual([])
    expect(mattersIn({ credentials: [failing(15 * minuteMs)] })).toMatchObject([
      {
        kind: 'refresh_failed',
        message: `${work} cannot be refreshed since 2026-01-15 11:45 UTC (invalid_grant), and it ends at 2026-01-15 13:00 UTC`,
        until: noon + hourMs,
      },
    ])
  })

  test.each([
    ['unauthorized', 'was refused as unauthorized', 'traseai models auth paste-api-key'],
    ['billing', 'was refused for billing', 'once paid: traseai models auth enable anthropic:work'],
  ] as const)('that was refused as %s is told with what to do', (reason, title, hint) => {
    const disabled = { reason, since: noon - hourMs, retryAt: null }
    const [matter] = mattersIn({ credentials: [credential(work, { disabled })] })
    expect(matter).toMatchObject({ kind: 'disabled', title: `${work} ${title}`, since: noon - hourMs })
    expect(matter?.hint).toContain(hint)
  })

  test('that a person switched off is no matter', () => {
    const disabled = { reason: 'user', since: noon, retryAt: null } as const
    expect(mattersIn({ credentials: [credential(work, { disabled })] })).toEqual([])
  })
})

test('a provider in use without a credential is told as the status report says it', () => {
  const missing = { code: 'missing', provider: 'openai', message: 'openai has none', hint: 'paste one' } as const
  const other = { code: 'configuration', message: 'a slip', hint: 'mend it' } as const
  expect(mattersIn({ credentials: [], problems: [missing, other] })).toMatchObject([
    { key: 'missing:openai', kind: 'missing', provider: 'openai', message: 'openai has none', hint: 'paste one' },
  ])
})

test('a home without any credential is told of when its configuration names one, and not when it was just made', () => {
  const problems = [{ code: 'missing', message: 'No credentials found', hint: 'traseai onboard' }] as const
  expect(mattersIn({ credentials: [], problems })).toEqual([])
  expect(mattersIn({ credentials: [], problems, expectsAny: true })).toMatchObject([
    { key: 'missing:any', title: 'there is no credential' },
  ])
})

describe('a provider', () => {
  const cooling = (
    id: string,
    sinceMs: number,
    untilMs: number,
    refusals = 1,
    model: string | null = null,
  ): Credential =>
    credential(id, {
      cooldowns: { [model ?? '*']: { model, since: noon + sinceMs, until: noon + untilMs, refusals } },
    })

  test('all of whose credentials rest for long is told once, until the first of them is due', () => {
    const credentials = [cooling(work, -minuteMs, 2 * hourMs), cooling(home, -secondMs, hourMs)]
    expect(mattersIn({ credentials })).toEqual([
      {
        key: 'provider_cooling:anthropic',
        kind: 'provider_cooling',
        provider: 'anthropic',
        title: 'anthropic is rate limited for 1h',
        message: 'all 2 credentials of anthropic that could serve are rate limited until 2026-01-15 13:00 UTC',
        hint: 'traseai models auth cooldown list',
        since: noon - secondMs,
        until: noon + hourMs,
      },
    ])
  })

  test('that rests for one model says for which', () => {
    const [matter] = mattersIn({ credentials: [cooling(work, -secondMs, hourMs, 1, 'opus')] })
    expect(matter?.message).toBe(
      'the one credential of anthropic that could serve is rate limited for opus until 2026-01-15 13:00 UTC',
    )
  })

  test('is no matter while one of its credentials can serve', () => {
    const credentials = [cooling(work, -secondMs, hourMs), credential(home)]
    expect(mattersIn({ credentials, statuses: { [home]: 'ready' } })).toEqual([])
  })

  test('is one although a credential is switched off, has ended or is left out', () => {
    const others = ['a', 'b', 'c'].map((name) => credential(`anthropic:${name}`))
    const statuses = { 'anthropic:a': 'disabled', 'anthropic:b': 'expired', 'anthropic:c': 'excluded' } as const
    expect(mattersIn({ credentials: [cooling(work, 0, hourMs), ...others], statuses })).toHaveLength(1)
  })

  test('that rests for less than ten minutes is no matter, unless it is refused again and again', () => {
    expect(mattersIn({ credentials: [cooling(work, 0, 10 * minuteMs - 1)] })).toEqual([])
    expect(mattersIn({ credentials: [cooling(work, 0, minuteMs, 3)] })).toEqual([])
    expect(mattersIn({ credentials: [cooling(work, 0, minuteMs, 4)] })).toHaveLength(1)
    expect(mattersIn({ credentials: [cooling(work, 0, minuteMs, 4), cooling(home, 0, minuteMs, 1)] })).toEqual([])
  })
})
