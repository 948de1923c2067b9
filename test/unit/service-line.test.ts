// The one line in which a service manager shows the gateway.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Credential } from '../../src/domain/entities.ts'
import { serviceLine } from '../../src/domain/service-line.ts'
import { cooling, credential, disabled, hourMs, now } from '../support/selection-input.ts'

const dayMs = 24 * hourMs
const line = (credentials: readonly Credential[], troubles: readonly string[] = []): string =>
  serviceLine({ credentials, now, expiryWarningMs: dayMs, troubles })
const ending = (inMs: number): Partial<Credential> => ({
  kind: 'token',
  issuedAt: now - 40 * dayMs,
  expiresAt: now + inMs,
})

describe('the line of a service', () => {
  test('counts providers and credentials, and says what ends soonest', () => {
    const credentials = [
      ...['openai:a', 'openai:b', 'google:a', 'google:b', 'google:c', 'anthropic:a'].map((id) => credential(id)),
      credential('anthropic:work', ending(6 * dayMs + hourMs)),
    ]
    expect(line(credentials)).toBe('3 providers, 7 credentials, 1 expiring in 6 d')
  })

  test.each([
    ['no credentials', []],
    ['1 provider, 1 credential', [credential('openai:a')]],
    ['1 provider, 1 credential, 1 expired', [credential('openai:a', ending(0))]],
    ['1 provider, 1 credential, 1 disabled', [credential('openai:a', disabled('unauthorized'))]],
    ['1 provider, 1 credential, 1 cooling', [credential('openai:a', cooling(now + 1))]],
    ['1 provider, 1 credential', [credential('openai:a', cooling(now))]],
    [
      '1 provider, 2 credentials, 2 expiring, the first in 23 h',
      [credential('openai:a', ending(2 * dayMs)), credential('openai:b', ending(dayMs - 1))],
    ],
    ['1 provider, 1 credential, 1 expiring in 59 min', [credential('openai:a', ending(hourMs - 1))]],
    ['1 provider, 1 credential, 1 expiring in under 1 min', [credential('openai:a', ending(1))]],
  ])('says: %s', (text, credentials) => {
    expect(line(credentials)).toBe(text)
  })

  test('says of a billing block that is over, and of an expired one that was refused, what lasts', () => {
    expect(line([credential('openai:a', disabled('billing', now))])).toBe('1 provider, 1 credential')
    expect(line([credential('openai:a', { ...ending(0), ...disabled('unauthorized') })])).toContain('1 expired')
    expect(line([credential('openai:a', { ...ending(0), ...disabled('user') })])).toContain('1 disabled')
  })

  test('ends with what else is wrong', () => {
    expect(line([credential('openai:a')], ['traseai.json is broken'])).toBe(
      '1 provider, 1 credential, traseai.json is broken',
    )
  })

  test('counts no credential twice', () => {
    const changes = fc.record({
      expiresAt: fc.option(fc.integer({ min: now - dayMs, max: now + 9 * dayMs })),
      cools: fc.boolean(),
      disabled: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 8 }), (all) => {
        const credentials = all.map((each, i) =>
          credential(`openai:k${i}`, {
            kind: 'token',
            expiresAt: each.expiresAt,
            ...(each.cools ? cooling(now + 1_000) : {}),
            ...(each.disabled ? disabled('unauthorized') : {}),
          }),
        )
        const [, , ...counts] = [...line(credentials).matchAll(/\d+(?= (?:provider|credential|exp|dis|cool))/g)].map(
          Number,
        )
        expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(credentials.length)
      }),
    )
  })
})
