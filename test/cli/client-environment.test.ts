// What `exec` and `shellenv` change in an environment.
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { chosenProviders, clientEnvironment } from '../../src/cli/client-environment.ts'
import { shellLines } from '../../src/cli/commands/shellenv.ts'
import { builtInProviders } from '../../src/domain/provider-table.ts'
import { TraseError } from '../../src/errors.ts'
import type { Result } from '../../src/protocol/contract.ts'

type Report = Result<'models.status'>

const http = 'http://127.0.0.1:7717'
const openai = builtInProviders.filter(({ id }) => id === 'openai')

function reportWith(...providers: string[]): Report {
  const candidates = [{ profileId: 'x:y' }] as unknown as Report['providers'][number]['candidates'] // only whether there is one matters here
  return {
    version: 1,
    agent: 'main',
    gateway: { version: '0.1.0', pid: 1, http },
    check: { exitCode: 0, problems: [] },
    providers: providers.map((provider) => ({ provider, status: 'ok', endpoint: '', next: null, candidates })),
  }
}

function environmentFor(env: Record<string, string>, keyPrefixes: string[] = []) {
  return clientEnvironment({ env, providers: openai, http, token: 'trase_token', keyPrefixes })
}

describe('the environment of a client', () => {
  it('points the SDK at the gateway, with the token where its key would be', () => {
    expect(Object.fromEntries(environmentFor({}).set)).toEqual({
      OPENAI_BASE_URL: `${http}/openai/v1`,
      OPENAI_API_KEY: 'trase_token',
      TRASEAI_BASE_URL: `${http}/v1`,
      TRASEAI_API_KEY: 'trase_token',
    })
  })

  it('has no key of any provider left', () => {
    const keys = [
      'ANTHROPIC_API_KEY',
      'ANTHROPIC_AUTH_TOKEN',
      'OPENAI_API_KEY_2',
      'GOOGLE_API_KEY',
      'TRASEAI_LIVE_ACME_KEY',
      'CO_API_KEY',
    ]
    const configured = ['ACME_API_KEY', 'ACME_API_KEYS', 'ACME_API_KEY_2']
    const others = ['OPENAI_API_KEY', 'PATH', 'ACME_API_KEYRING', 'MY_ACME_API_KEY']
    const env = Object.fromEntries([...keys, ...configured, ...others].map((name) => [name, 'x']))
    expect([...environmentFor(env, ['ACME']).remove].sort()).toEqual([...keys, ...configured].sort())
  })
})

describe('the providers of a client', () => {
  it('are all that have a credential and an SDK that can be pointed elsewhere', () => {
    expect(chosenProviders([], reportWith('anthropic', 'mistral', 'openai')).map(({ id }) => id)).toEqual([
      'anthropic',
      'openai',
    ])
  })

  it.each([
    ['anthropic', 'no_credentials'],
    ['mistral', 'usage'],
  ])('cannot be %s: %s', (id, code) => {
    const choose = () => chosenProviders([id], reportWith('openai', 'mistral'))
    expect(choose).toThrow(expect.objectContaining({ code }))
    expect(choose).toThrow(TraseError)
  })
})

describe('export lines', () => {
  it('come through a shell exactly as they were', () => {
    const value = `a'b"c$(echo no)\`x\`\\ !`
    const lines = shellLines(new Map([['BASE_URL', value]]), ['OLD_KEY'])
    const script = `OLD_KEY=1; eval "$1"; printf '%s|%s' "$BASE_URL" "\${OLD_KEY-unset}"`
    expect(execFileSync('sh', ['-c', script, 'sh', lines], { encoding: 'utf8' })).toBe(`${value}|unset`)
  })

  it('never run a name of the environment as a command', () => {
    const { remove } = environmentFor({
      'TRASEAI_LIVE_$(echo x >&2)_KEY': 'x',
      'TRASEAI_LIVE_A;echo x;_KEY': 'x',
      GROQ_API_KEY: 'x',
    })
    expect(remove).toHaveLength(3)
    expect(shellLines(new Map(), remove)).toBe('unset GROQ_API_KEY')
  })
})
