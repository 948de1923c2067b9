// What an agent's auth-profiles.json shows, and which texts are none.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noContent, profilesContents, profilesUsage } from '../../src/domain/profiles-file.ts'
import { parseAgentId, parseProfileId } from '../../src/domain/ids.ts'
import { builtInProviders } from '../../src/domain/provider-table.ts'
import { readProfilesText, revisionOf } from '../../src/sources/profiles-text.ts'
import { contents, textOf } from '../support/profiles-edits.ts'
import { added, gpt, home, iso, main, minuteMs, noon, stateAfter, work, anthropic } from '../support/story.ts'

const ops = parseAgentId('ops')
const stored = stateAfter(
  added(work, { expiresAt: iso(noon + minuteMs) }),
  added(home),
  added(gpt, { agent: ops, source: { kind: 'reference', name: 'env:WORK_KEY' } }),
  added(parseProfileId('anthropic:ANTHROPIC_API_KEY'), { source: { kind: 'env-file', name: 'ANTHROPIC_API_KEY' } }),
  { type: 'CredentialsOrdered', data: { agent: main, provider: anthropic, profileIds: [work, home] } },
)
const content = profilesContents(stored, main).get(main) ?? noContent

describe('auth-profiles.json shows', () => {
  test("what is for all in the default agent's file, sorted, and an agent's own in its own", () => {
    expect(profilesContents(stored, main)).toEqual(
      new Map([
        [
          main,
          {
            profiles: {
              'anthropic:home': { type: 'api_key', provider: 'anthropic', ref: 'vault:anthropic:home' },
              'anthropic:work': {
                type: 'api_key',
                provider: 'anthropic',
                ref: 'vault:anthropic:work',
                expiresAt: iso(noon + minuteMs),
              },
            },
            order: { anthropic: [work, home] },
          },
        ],
        [
          ops,
          { profiles: { 'openai:default': { type: 'api_key', provider: 'openai', ref: 'env:WORK_KEY' } }, order: {} },
        ],
      ]),
    )
    expect(Object.keys(content.profiles)).toEqual(['anthropic:home', 'anthropic:work'])
  })

  test('the same credentials in the file of whichever agent is the default one', () => {
    expect(Object.keys(profilesContents(stored, ops).get(ops)?.profiles ?? {})).toEqual([home, work, gpt])
  })

  test('how a credential was used, and only what is set', () => {
    const state = stateAfter(
      added(work),
      added(home),
      {
        type: 'CredentialRateLimited',
        data: { profileId: work, until: iso(noon + minuteMs), status: 429, refusals: 1 },
      },
      { type: 'CredentialDisabled', data: { profileId: home, reason: 'billing', retryAt: iso(noon + minuteMs) } },
    )
    const at = { agent: main, isDefault: true, now: noon + 1 }
    expect(profilesUsage(state, new Map([[work, noon]]), at)).toEqual({
      'anthropic:home': { disabledUntil: iso(noon + minuteMs), disabledReason: 'billing' },
      'anthropic:work': { lastUsedAt: iso(noon), cooldownUntil: iso(noon + minuteMs) },
    })
    expect(profilesUsage(state, new Map(), { ...at, now: noon + minuteMs })).not.toHaveProperty('anthropic:work')
    expect(profilesUsage(state, new Map(), { ...at, agent: ops, isDefault: false })).toEqual({})
  })
})

test('a file that is cut at any byte is refused in words, or is the whole file', () => {
  const whole = Buffer.from(textOf(content))
  for (let length = 0; length < whole.length; length += 1) {
    const read = readProfilesText(whole.subarray(0, length), '/h/auth-profiles.json', builtInProviders)
    // Without its last line end it is still whole.
    expect(read.ok, `${length} bytes`).toBe(length === whole.length - 1)
    if (!read.ok) expect(read.problem.message).toMatch(/^(is empty|broken syntax: )/)
  }
})

test.each([
  ['[]', 'is no object'],
  ['{}', '"profiles" is missing'],
  ['{"profiles":[]}', '"profiles" is no object'],
  ['{"profiles":{},"order":[]}', '"order" is no object'],
  ['{"version":2,"profiles":{}}', '"version" is not 1: another program wrote it'],
  ['{"profiles":{"a:b":{},"a:b":{}}}', 'set twice; the first one is on line 1'],
  ['{"profiles":{"__proto__":{}}}', 'this name cannot be used'],
  ['{"profiles":{} // mine\n}', 'broken syntax: invalid comment token'],
  ['['.repeat(100_000), 'nested more than 32 deep'],
])('%.20s is no such file', (text, message) => {
  const read = readProfilesText(Buffer.from(text), 'f', builtInProviders)
  expect(read).toMatchObject({ ok: false, problem: { file: 'f', message, key: null } })
})

test('a revision is that of one content of one agent', () => {
  fc.assert(
    fc.property(contents, contents, (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other)
      expect(revisionOf(main, one) === revisionOf(main, other)).toBe(isSame)
      expect(revisionOf(main, one)).not.toBe(revisionOf(ops, one))
    }),
  )
})
