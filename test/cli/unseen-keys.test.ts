// The note of `models status` about keys that only the caller's shell has.
import { describe, expect, it } from 'vitest'
import { unseenKeys } from '../../src/cli/unseen-keys.ts'
import { builtInProviders } from '../../src/domain/provider-table.ts'
import type { Result } from '../../src/protocol/contract.ts'

type Report = Result<'models.status'>
type Candidate = Report['providers'][number]['candidates'][number]

const key = (end: string): string => `sk-ant-test-${'0'.repeat(20)}${end}`

function candidate(name: string, last4: string | null, shadows: Candidate['source']['shadows'] = []): Candidate {
  return {
    profileId: `anthropic:${name}`,
    kind: 'api_key',
    agent: null,
    source: { kind: 'env-file', name, shadows },
    fingerprint: '0123456789abcdef',
    last4,
    status: 'ready',
    reason: null,
    until: null,
    expiresAt: null,
    lastUsedAt: null,
  }
}

function reportOf(...candidates: Candidate[]): Report {
  return {
    version: 1,
    agent: 'main',
    gateway: { version: '0.1.0', pid: 1, http: null },
    check: { exitCode: 0, problems: [] },
    providers: [{ provider: 'anthropic', status: 'ok', endpoint: '', next: null, candidates }],
  }
}

const unseen = (env: Record<string, string>, report: Report) => unseenKeys(env, builtInProviders, report)

describe('a key in the caller’s shell', () => {
  it('is named when the gateway does not have it', () => {
    expect(unseen({ ANTHROPIC_API_KEY: key('aaaa') }, reportOf())).toEqual([
      { name: 'ANTHROPIC_API_KEY', why: 'unseen' },
    ])
  })

  it('is no news when the gateway has the same one', () => {
    const report = reportOf(candidate('ANTHROPIC_API_KEY', 'aaaa'))
    expect(unseen({ ANTHROPIC_API_KEY: key('aaaa') }, report)).toEqual([])
  })

  it('is named when the gateway has another value for it', () => {
    const report = reportOf(candidate('ANTHROPIC_API_KEY', 'bbbb'))
    expect(unseen({ ANTHROPIC_API_KEY: key('aaaa') }, report)).toEqual([{ name: 'ANTHROPIC_API_KEY', why: 'differs' }])
  })

  it('is no news when the gateway has it under another name', () => {
    const report = reportOf(candidate('ANTHROPIC_API_KEY_2', 'aaaa'))
    expect(unseen({ ANTHROPIC_API_KEY: key('aaaa') }, report)).toEqual([])
  })

  it('is compared member by member when it is a list', () => {
    const report = reportOf(candidate('ANTHROPIC_API_KEYS', 'aaaa'), candidate('ANTHROPIC_API_KEYS', 'bbbb'))
    expect(unseen({ ANTHROPIC_API_KEYS: `${key('bbbb')}, ${key('aaaa')}` }, report)).toEqual([])
    expect(unseen({ ANTHROPIC_API_KEYS: `${key('cccc')};${key('aaaa')}` }, report)).toEqual([
      { name: 'ANTHROPIC_API_KEYS', why: 'differs' },
    ])
  })

  it('is taken as the same when it is too short to compare', () => {
    const report = reportOf(candidate('ANTHROPIC_API_KEY', null))
    expect(unseen({ ANTHROPIC_API_KEY: 'short' }, report)).toEqual([])
  })

  it('does not count when it is blank, or no key at all', () => {
    expect(unseen({ ANTHROPIC_API_KEY: ' ', PATH: '/bin', OPENAI_API_KEYS: ' , ;' }, reportOf())).toEqual([])
  })
})
