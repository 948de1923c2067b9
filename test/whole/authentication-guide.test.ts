// The authentication guide, command by command on one clean home: what each prints, exits with, records and writes.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Result, WireEvent } from '../../src/protocol/contract.ts'
import { runCli, type Outcome } from '../cli/run-cli.ts'
import { freshHome } from '../support/gateway-process.ts'
import { until } from '../support/until.ts'

const anthropicKey = `sk-ant-api03-${'k'.repeat(91)}-guideAA`
const anthropicToken = `sk-ant-oat01-${'t'.repeat(91)}-guideAA`
const openrouterKey = `sk-or-v1-${'0123456789abcdef'.repeat(4)}`

let home: string

beforeAll(async () => {
  home = await freshHome()
})

afterAll(async () => {
  await traseai('gateway', 'stop')
  await rm(home, { recursive: true, force: true })
})

function traseai(...args: string[]): Promise<Outcome> {
  return runCli(home, args)
}

/** What the command prints on a pipe when `input` is on its standard input. */
function given(input: string, ...args: string[]): Promise<Outcome> {
  return runCli(home, args, { input })
}

async function json<T>(...args: string[]): Promise<T> {
  const { stdout } = await traseai('--json', ...args)
  return JSON.parse(stdout) as T
}

async function check(): Promise<number | null> {
  return (await traseai('models', 'status', '--check')).status
}

/** Types of the events about a credential, oldest first. */
async function history(profileId: string): Promise<readonly string[]> {
  const events = await json<WireEvent[]>('audit', 'log', '--profile-id', profileId)
  return events.map(({ type }) => type).toReversed()
}

type Profiles = {
  version: number
  profiles: Record<string, { type: string; provider: string; ref: string; expiresAt?: string }>
  order: Record<string, string[]>
}

async function profilesOf(agent: string): Promise<Profiles> {
  return JSON.parse(await readFile(join(home, 'agents', agent, 'agent', 'auth-profiles.json'), 'utf8')) as Profiles
}

async function nextFor(provider: string, ...more: string[]): Promise<string | null> {
  const report = await json<Result<'models.status'>>('models', 'status', ...more)
  return report.providers.find((each) => each.provider === provider)?.next ?? null
}

it('without credentials, status says so and what to do, and --check exits 1', async () => {
  const status = await traseai('models', 'status')
  expect(status.stdout).toContain('No credentials found')
  expect(status.status).toBe(0)
  expect(await check()).toBe(1)
})

it('a pasted API key is stored, shown, recorded, and --check exits 0', async () => {
  const pasted = await given(`${anthropicKey}\n`, 'models', 'auth', 'paste-api-key', '--provider', 'anthropic')
  expect(pasted).toMatchObject({ status: 0 })
  expect(pasted.stdout).toContain('anthropic:api-key')
  expect(await check()).toBe(0)
  expect(await history('anthropic:api-key')).toEqual(['CredentialAdded'])
  expect((await profilesOf('main')).profiles['anthropic:api-key']).toMatchObject({
    type: 'api_key',
    provider: 'anthropic',
    ref: 'vault:anthropic:api-key',
  })
  expect(await readFile(join(home, 'traseai.json'), 'utf8')).toContain('"anthropic:api-key"')
  expect(await nextFor('anthropic')).toBe('anthropic:api-key')
})

it('a token that ends within a day makes --check exit 2, and the history says so once', async () => {
  const options = ['--provider', 'anthropic', '--expires-in', '12h'] as const
  const pasted = await given(`${anthropicToken}\n`, 'models', 'auth', 'paste-token', ...options)
  expect(pasted).toMatchObject({ status: 0 })
  expect(await check()).toBe(2)
  await until(async () => (await history('anthropic:manual')).includes('CredentialExpiring'))
  expect(await history('anthropic:manual')).toEqual(['CredentialAdded', 'CredentialExpiring'])
  // Tokens come before API keys.
  expect(await nextFor('anthropic')).toBe('anthropic:manual')
})

it('when it has expired, --check exits 1, the API key takes over, and the history says so once', async () => {
  const options = ['--provider', 'anthropic', '--expires-in', '1s'] as const
  const pasted = await given(`${anthropicToken}\n`, 'models', 'auth', 'paste-token', ...options)
  expect(pasted).toMatchObject({ status: 0 })
  await until(async () => (await check()) === 1)
  await until(async () => (await history('anthropic:manual')).includes('CredentialExpired'))
  expect((await history('anthropic:manual')).filter((type) => type === 'CredentialExpired')).toHaveLength(1)
  expect(await nextFor('anthropic')).toBe('anthropic:api-key')
})

it('a renewed token ends the alarm', async () => {
  const options = ['--provider', 'anthropic', '--expires-in', '365d'] as const
  const pasted = await given(`${anthropicToken}\n`, 'models', 'auth', 'paste-token', ...options)
  expect(pasted).toMatchObject({ status: 0 })
  expect(await check()).toBe(0)
  expect((await history('anthropic:manual')).at(-1)).toBe('CredentialRotated')
})

it("an agent's order is set, shown, written to its file, and cleared", async () => {
  const set = await traseai('models', 'auth', 'order', 'set', '--provider', 'anthropic', 'anthropic:api-key')
  expect(set).toMatchObject({ status: 0 })
  expect(await nextFor('anthropic')).toBe('anthropic:api-key')
  expect((await profilesOf('main')).order).toEqual({ anthropic: ['anthropic:api-key'] })
  const order = await traseai('models', 'auth', 'order', 'get', '--provider', 'anthropic')
  expect(order).toMatchObject({ status: 0, stdout: 'anthropic:api-key\n' })
  const cleared = await traseai('models', 'auth', 'order', 'clear', '--provider', 'anthropic')
  expect(cleared).toMatchObject({ status: 0 })
  expect(await nextFor('anthropic')).toBe('anthropic:manual')
  expect((await profilesOf('main')).order).toEqual({})
})

it.each([
  ['an unknown id', 'anthropic:nobody', 66],
  ["another provider's id", 'openai:work', 64],
])('an order with %s is refused, and the known ones are named', async (_what, id, status) => {
  const set = await traseai('models', 'auth', 'order', 'set', '--provider', 'anthropic', id)
  expect(set).toMatchObject({ status, stdout: '' })
  expect(set.stderr).toContain('anthropic:api-key')
  expect(set.stderr).toContain('anthropic:manual')
})

it('an agent inherits from the default one, until it has an order of its own', async () => {
  const order = ['models', 'auth', 'order'] as const
  expect(await traseai(...order, 'set', '--provider', 'anthropic', 'anthropic:api-key')).toMatchObject({ status: 0 })
  expect(await nextFor('anthropic', '--agent', 'ops')).toBe('anthropic:api-key')
  expect(await traseai(...order, 'set', '--provider', 'anthropic', '--agent', 'ops', 'anthropic:manual')).toMatchObject(
    { status: 0 },
  )
  expect(await nextFor('anthropic', '--agent', 'ops')).toBe('anthropic:manual')
  expect(await nextFor('anthropic')).toBe('anthropic:api-key')
  expect((await profilesOf('ops')).order).toEqual({ anthropic: ['anthropic:manual'] })
})

it('a credential of one agent is not seen by another', async () => {
  const options = ['--provider', 'openrouter', '--agent', 'ops', '--profile-id', 'openrouter:ops'] as const
  expect(await given(openrouterKey, 'models', 'auth', 'paste-token', ...options)).toMatchObject({ status: 0 })
  expect(await nextFor('openrouter', '--agent', 'ops')).toBe('openrouter:ops')
  expect(await nextFor('openrouter')).toBeNull()
  expect(Object.keys((await profilesOf('ops')).profiles)).toEqual(['openrouter:ops'])
  expect(Object.keys((await profilesOf('main')).profiles)).toEqual(['anthropic:api-key', 'anthropic:manual'])
})

it('a token for OpenRouter is pasted the same way', async () => {
  const pasted = await given(openrouterKey, 'models', 'auth', 'paste-token', '--provider', 'openrouter')
  expect(pasted).toMatchObject({ status: 0 })
  expect(await nextFor('openrouter')).toBe('openrouter:manual')
  expect(await history('openrouter:manual')).toEqual(['CredentialAdded'])
})

it('the token of claude setup-token made elsewhere is stored for a year as anthropic:default', async () => {
  const stored = await given(anthropicToken, 'models', 'auth', 'setup-token', '--provider', 'anthropic', '--paste')
  expect(stored).toMatchObject({ status: 0 })
  const { expiresAt = '' } = (await profilesOf('main')).profiles['anthropic:default'] ?? {}
  const days = (Date.parse(expiresAt) - Date.now()) / 86_400_000
  expect(days).toBeGreaterThan(364)
  expect(days).toBeLessThanOrEqual(365)
})

it('without claude, setup-token exits 69 and says how to install it', async () => {
  const outcome = await runCli(home, ['models', 'auth', 'setup-token', '--provider', 'anthropic'], {
    env: { PATH: join(home, 'empty') },
  })
  expect(outcome).toMatchObject({ status: 69, stdout: '' })
  expect(outcome.stderr).toContain('@anthropic-ai/claude-code')
})

it('a disabled credential is passed over until it is enabled', async () => {
  await traseai('models', 'auth', 'order', 'clear', '--provider', 'anthropic')
  expect(await traseai('models', 'auth', 'disable', 'anthropic:default')).toMatchObject({ status: 0 })
  expect(await nextFor('anthropic')).toBe('anthropic:manual')
  expect(await traseai('models', 'auth', 'enable', 'anthropic:default')).toMatchObject({ status: 0 })
  expect(await history('anthropic:default')).toEqual(['CredentialAdded', 'CredentialDisabled', 'CredentialEnabled'])
})

it('a removed credential leaves status, files, orders and configuration', async () => {
  await traseai('models', 'auth', 'order', 'set', '--provider', 'anthropic', 'anthropic:manual', 'anthropic:api-key')
  expect(await traseai('models', 'auth', 'remove', 'anthropic:manual')).toMatchObject({ status: 64 }) // nobody was asked
  expect(await traseai('models', 'auth', 'remove', 'anthropic:manual', '--yes')).toMatchObject({ status: 0 })
  expect((await profilesOf('main')).order).toEqual({ anthropic: ['anthropic:api-key'] })
  expect((await profilesOf('ops')).order).toEqual({})
  expect(Object.keys((await profilesOf('main')).profiles)).not.toContain('anthropic:manual')
  expect(await readFile(join(home, 'traseai.json'), 'utf8')).not.toContain('"anthropic:manual"')
  expect((await history('anthropic:manual')).at(-1)).toBe('CredentialRemoved')
})

it('everything survives a restart', async () => {
  const before = await json<Result<'credentials.list'>>('models', 'auth', 'list')
  expect(await traseai('gateway', 'restart')).toMatchObject({ status: 0 })
  expect(await json<Result<'credentials.list'>>('models', 'auth', 'list')).toEqual(before)
})
