// `onboard --non-interactive`, with files of other tools in the documented shapes of each.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts'
import { keyOf, leakOf, openUserHome, settingsOf, type UserHome } from './other-tools.ts'
import type { Outcome } from './run-cli.ts'
import { startWithCli, type CliWithGateway } from './with-gateway.ts'

let cli: CliWithGateway
let user: UserHome
let provider: ProviderServer
beforeEach(async () => {
  provider = await openProviderServer()
  const baseUrl = provider.url
  const providers = Object.fromEntries(['anthropic', 'openai', 'groq'].map((id) => [id, { baseUrl }]))
  cli = await startWithCli({ configuration: { models: { providers } } })
  user = openUserHome()
})
afterEach(async () => {
  await cli.gateway.stop()
  await user.remove()
  await provider.close()
})

const keys = { codex: keyOf.openai('CDX1'), opencode: keyOf.groq('OPC1'), claude: keyOf.anthropic('CLD1') }

/** As a user whose home directory is `user`. */
function onboard(args: readonly string[], { input = '', env = {} } = {}): Promise<Outcome> {
  return cli.runWith({ input, env: { HOME: user.path, ...env } }, 'onboard', '--non-interactive', ...args)
}

async function putTools(): Promise<void> {
  await user.put('.codex/auth.json', { OPENAI_API_KEY: keys.codex, tokens: null })
  await user.put('.local/share/opencode/auth.json', {
    groq: { type: 'api', key: keys.opencode },
    openai: { type: 'api', key: keys.codex },
    anthropic: { type: 'oauth', access: 'x', refresh: 'y', expires: 1 },
  })
  await user.put('.claude/settings.json', { env: { ANTHROPIC_API_KEY: keys.claude } })
}

const stored = async (): Promise<readonly string[]> => {
  const list = await cli.gateway.client.call('credentials.list', {})
  return list.map(({ profileId, last4 }) => `${profileId} ${last4}`)
}
const eventCount = async (): Promise<number> => (await cli.gateway.client.call('gateway.status', {})).eventCount

describe('onboard --non-interactive --import', () => {
  it('stores every key that is found, named after where it was', async () => {
    await putTools()
    const { status, stdout, stderr } = await onboard(['--import', 'all'])
    expect(status, stderr).toBe(0)
    expect(await stored()).toEqual(['anthropic:claude-code CLD1', 'groq:opencode OPC1', 'openai:codex CDX1'])
    expect(stdout).toContain('stored openai:codex …CDX1, from ~/.codex/auth.json and ~/.local/share/opencode/auth.json')
    expect(stderr).toContain('OpenCode is signed in to anthropic')
    expect(leakOf(stdout + stderr, Object.values(keys))).toBeNull()
  })

  it('a second run changes nothing', async () => {
    await putTools()
    await onboard(['--import', 'all'])
    const before = {
      events: await eventCount(),
      settings: await settingsOf(cli.gateway.home),
      tools: await user.snapshot(),
    }
    const { status, stdout } = await onboard(['--import', 'all'])
    expect(status).toBe(0)
    expect(stdout).toBe('nothing to do: the gateway has all of it\n')
    expect({
      events: await eventCount(),
      settings: await settingsOf(cli.gateway.home),
      tools: await user.snapshot(),
    }).toEqual(before)
  })

  it('takes only what is named', async () => {
    await putTools()
    const env = { MISTRAL_API_KEY: '0123456789abcdefghijklmnopqrMIST' }
    await onboard(['--import', 'env,codex'], { env })
    expect(await stored()).toEqual(['mistral:shell MIST', 'openai:codex CDX1'])
  })

  it('a credential keeps its value unless --replace says otherwise', async () => {
    await user.put('.codex/auth.json', { OPENAI_API_KEY: keys.codex })
    await onboard(['--import', 'codex'])
    await user.put('.codex/auth.json', { OPENAI_API_KEY: keyOf.openai('CDX2') })
    const kept = await onboard(['--import', 'codex'])
    expect(kept.status).toBe(0)
    expect(kept.stderr).toContain('openai:codex keeps its value')
    expect(await stored()).toEqual(['openai:codex CDX1'])
    await onboard(['--import', 'codex', '--replace'])
    expect(await stored()).toEqual(['openai:codex CDX2'])
  })

  it('what cannot be read or makes no sense is passed over, and said', async () => {
    await putTools()
    await user.put('.config/io.datasette.llm/keys.json', `{"openai": "${keyOf.openai('BAD1')}"`)
    await user.put('.gemini/.env', 'GEMINI_API_KEY=sk-ant-api03-not-of-this-provider-0123456789\n')
    const { status, stdout, stderr } = await onboard(['--import', 'all'])
    expect(status).toBe(0)
    expect(stderr).toContain('~/.config/io.datasette.llm/keys.json: is no valid JSON: passed over')
    expect(stderr).toContain('~/.gemini/.env: its key of google looks like a key of Anthropic')
    expect(await stored()).toHaveLength(3)
    expect(leakOf(stdout + stderr, [keyOf.openai('BAD1')])).toBeNull()
  })

  it('a folder or a huge file in place of one is passed over', async () => {
    await user.put('.codex/auth.json/folder', '')
    await user.put('.config/io.datasette.llm/keys.json', ' '.repeat(9 * 1024 * 1024))
    const { status, stderr } = await onboard(['--import', 'codex,llm'])
    expect(status).toBe(0)
    expect(stderr).toContain('~/.codex/auth.json: is no file: passed over')
    expect(stderr).toContain('~/.config/io.datasette.llm/keys.json: has more than 8 MiB: passed over')
  })

  it('--json prints one object, without a value', async () => {
    await putTools()
    const { stdout, stderr } = await onboard(['--import', 'all', '--json'])
    const report = JSON.parse(stdout) as unknown
    expect(report).toMatchObject({
      version: 1,
      steps: [
        { do: 'store', profileId: 'anthropic:claude-code', outcome: 'done', replaced: false },
        { do: 'store', profileId: 'openai:codex', outcome: 'done' },
        { do: 'store', profileId: 'groq:opencode', outcome: 'done' },
      ],
      known: [],
      kept: [],
    })
    expect(leakOf(stdout + stderr, Object.values(keys))).toBeNull()
  })
})

describe('onboard --non-interactive with keys', () => {
  it('from files and standard input, each behind its provider', async () => {
    const file = await user.put('key', `${keyOf.openai('FILE')}\n`)
    const token = await user.put('token', keyOf.claudeToken('TOKN'))
    const args = ['--provider', 'openai', '--api-key-file', file, '--provider', 'anthropic', '--token-file', token]
    const { status, stderr } = await onboard([...args, '--provider', 'groq', '--api-key-stdin'], {
      input: `${keyOf.groq('PIPE')}\n`,
    })
    expect(status, stderr).toBe(0)
    const list = await cli.gateway.client.call('credentials.list', {})
    expect(list.map(({ profileId, kind, last4 }) => [profileId, kind, last4])).toEqual([
      ['anthropic:manual', 'token', 'TOKN'],
      ['groq:api-key', 'api_key', 'PIPE'],
      ['openai:api-key', 'api_key', 'FILE'],
    ])
  })

  it('--store env writes them to .env', async () => {
    const { status } = await onboard(['--store', 'env', '--provider', 'openai', '--api-key-stdin'], {
      input: keyOf.openai('ENV1'),
    })
    expect(status).toBe(0)
    expect(await readFile(join(cli.gateway.home, '.env'), 'utf8')).toBe(`OPENAI_API_KEY=${keyOf.openai('ENV1')}\n`)
    const again = await onboard(['--store', 'env', '--provider', 'openai', '--api-key-stdin'], {
      input: keyOf.openai('ENV2'),
    })
    expect(again.stdout).toContain('wrote OPENAI_API_KEY_2 …ENV2 to .env')
  })

  it('--agent keeps them for one agent, under ids that no other agent has', async () => {
    await putTools()
    await onboard(['--import', 'codex', '--agent', 'ops'])
    await onboard(['--import', 'codex', '--agent', 'dev'])
    const again = await onboard(['--import', 'codex', '--agent', 'dev'])
    expect(again.stdout).toContain('nothing to do')
    const list = await cli.gateway.client.call('credentials.list', {})
    expect(list.map(({ profileId, agent }) => [profileId, agent])).toEqual([
      ['openai:codex', 'ops'],
      ['openai:codex-2', 'dev'],
    ])
  })

  it('--default-model sets it', async () => {
    const { status, stderr } = await onboard(['--default-model', 'openai/gpt-5'])
    expect(status, stderr).toBe(0)
    expect((await settingsOf(cli.gateway.home)).get('traseai.json')).toContain('openai/gpt-5')
  })

  it('an id that has another value is refused, with nothing written', async () => {
    await onboard(['--provider', 'openai', '--api-key-stdin'], { input: keyOf.openai('OLD1') })
    await putTools()
    const args = ['--import', 'all', '--provider', 'openai', '--api-key-stdin']
    const { status, stderr } = await onboard(args, { input: keyOf.openai('NEW1') })
    expect(status).toBe(73)
    expect(stderr).toContain('openai:api-key is there with another value')
    expect(await stored()).toEqual(['openai:api-key OLD1'])
  })
})
