// What is read from the files of other tools, each written as its documentation shows it.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPlausible } from '../../src/cli/interactive/onboard/found-key.ts'
import { knownPlaces } from '../../src/cli/interactive/onboard/places/known-places.ts'
import { readAssignments, readYamlEntries } from '../../src/cli/interactive/onboard/places/text-formats.ts'
import { keysOfVariables } from '../../src/cli/interactive/onboard/places/variables.ts'

const user = { home: '/home/ada', env: {} }
const anthropicKey = 'sk-ant-test-0123456789abcdefAAAA'
const openaiKey = 'sk-proj-test-0123456789abcdefBBBB'
const token = 'sk-ant-oat01-test-0123456789abcdefCCCC'

/** What the reader of this file makes of the text. */
function read(path: string, text: string) {
  const place = knownPlaces.find((entry) => entry.path(user) === `${user.home}/${path}`)
  if (!place) throw new Error(`no place is called ${path}`)
  return place.read(text)
}

const key = (provider: string, value: string, kind = 'api_key') => ({ provider, kind, value })

describe('the keys of other tools', () => {
  it.each([
    [
      '.claude/settings.json',
      { env: { ANTHROPIC_API_KEY: anthropicKey, DEBUG: '1' } },
      [key('anthropic', anthropicKey)],
    ],
    ['.claude.json', { primaryApiKey: anthropicKey, projects: {} }, [key('anthropic', anthropicKey)]],
    ['.codex/auth.json', { OPENAI_API_KEY: openaiKey }, [key('openai', openaiKey)]],
    [
      '.local/share/opencode/auth.json',
      { anthropic: { type: 'api', key: anthropicKey }, openai: { type: 'oauth', access: openaiKey, refresh: 'r' } },
      [key('anthropic', anthropicKey)],
    ],
    [
      '.config/io.datasette.llm/keys.json',
      {
        '// Note': 'This file stores secret API credentials',
        openai: openaiKey,
        claude: anthropicKey,
        weather: openaiKey,
      },
      [key('openai', openaiKey), key('anthropic', anthropicKey)],
    ],
    [
      '.openclaw/agents/*/agent/auth-profiles.json',
      {
        version: 1,
        profiles: {
          'anthropic:default': { type: 'token', provider: 'anthropic', token },
          'openai:work': { type: 'api_key', provider: 'openai', key: openaiKey },
        },
      },
      [key('anthropic', token, 'token'), key('openai', openaiKey)],
    ],
    [
      '.continue/config.json',
      {
        models: [
          { title: 'A', provider: 'openai', model: 'gpt-5', apiKey: openaiKey },
          { title: 'B', provider: 'openai', model: 'local', apiKey: anthropicKey, apiBase: 'http://localhost:8000/v1' },
        ],
      },
      [key('openai', openaiKey)],
    ],
  ])('%s', (path, content, keys) => {
    expect(read(path, JSON.stringify(content)).keys).toMatchObject(keys)
    expect(read(path, JSON.stringify(content)).keys).toHaveLength(keys.length)
  })

  it.each([
    ['.gemini/.env', `# mine\nexport GEMINI_API_KEY="${openaiKey}"\n`, [key('google', openaiKey)]],
    ['.aider.conf.yml', `openai-api-key: ${openaiKey}\n`, [key('openai', openaiKey)]],
    [
      '.aider.conf.yml',
      `model: sonnet # the best\nanthropic-api-key: '${anthropicKey}'\napi-key:\n  - gemini=${openaiKey}\n`,
      [key('anthropic', anthropicKey), key('google', openaiKey)],
    ],
    [
      '.continue/config.yaml',
      `name: mine\nmodels:\n  - name: A\n    provider: anthropic\n    apiKey: ${anthropicKey}\n` +
        `  - name: B\n    provider: openai\n    apiBase: https://proxy.test/v1\n    apiKey: ${openaiKey}\n` +
        '  - name: C\n    provider: openai\n    apiKey: ${{ secrets.OPENAI_API_KEY }}\n',
      [key('anthropic', anthropicKey)],
    ],
    ['.cache/huggingface/token', 'hf_test0123456789abcdefDDDD\n', [key('huggingface', 'hf_test0123456789abcdefDDDD')]],
  ])('%s: %j', (path, text, keys) => {
    expect(read(path, text).keys).toMatchObject(keys)
    expect(read(path, text).keys).toHaveLength(keys.length)
  })

  it.each([
    [
      '.claude/.credentials.json',
      { claudeAiOauth: { accessToken: token, refreshToken: token } },
      /Claude Code is signed in/,
    ],
    ['.claude/settings.json', { apiKeyHelper: '/usr/local/bin/key' }, /apiKeyHelper/],
    ['.codex/auth.json', { tokens: { access_token: openaiKey, refresh_token: 'r' } }, /Codex is signed in/],
    ['.gemini/oauth_creds.json', { refresh_token: 'r' }, /Gemini CLI is signed in/],
    ['.local/share/opencode/auth.json', { openai: { type: 'oauth' } }, /OpenCode is signed in to openai/],
  ])('a sign-in of another tool stays with it: %s', (path, content, remark) => {
    const { keys, remarks } = read(path, JSON.stringify(content))
    expect(keys).toEqual([])
    expect(remarks.join('\n')).toMatch(remark)
  })

  it('a key that goes to another address than its provider is not taken', () => {
    const content = { env: { ANTHROPIC_API_KEY: anthropicKey, ANTHROPIC_BASE_URL: 'https://llm.acme.test' } }
    const { keys, remarks } = read('.claude/settings.json', JSON.stringify(content))
    expect(keys).toEqual([])
    expect(remarks).toEqual(['ANTHROPIC_API_KEY goes with ANTHROPIC_BASE_URL, which is not Anthropic: not taken'])
  })

  it('whatever JSON a file holds, its reader comes to an end without an error', () => {
    const readers = knownPlaces.filter((place) => place.path(user).endsWith('.json'))
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const place of readers) expect(place.read(JSON.stringify(value)).keys).toEqual(expect.any(Array))
      }),
    )
  })
})

describe('the places', () => {
  it.each([
    ['CODEX_HOME', 'codex', '/elsewhere/auth.json'],
    ['CLAUDE_CONFIG_DIR', 'claude-code', '/elsewhere/settings.json'],
    ['LLM_USER_PATH', 'llm', '/elsewhere/keys.json'],
    ['XDG_DATA_HOME', 'opencode', '/elsewhere/opencode/auth.json'],
    ['HF_HOME', 'huggingface', '/elsewhere/token'],
    ['HF_TOKEN_PATH', 'huggingface', '/elsewhere'],
    ['OPENCLAW_STATE_DIR', 'openclaw', '/elsewhere/.env'],
  ])('%s says where %s keeps its files', (variable, tool, path) => {
    const there = { ...user, env: { [variable]: '/elsewhere' } }
    expect(knownPlaces.filter((place) => place.tool === tool).map((place) => place.path(there))).toContain(path)
  })
})

describe('the variables of a shell', () => {
  it('are taken in the order of the gateway, with what single tools add', () => {
    const variables = {
      OPENAI_API_KEY_2: openaiKey,
      OPENAI_API_KEY: `${openaiKey}1`,
      CLAUDE_CODE_OAUTH_TOKEN: token,
      HF_TOKEN: 'hf_test0123456789abcdefDDDD',
      TRASEAI_LIVE_OPENAI_KEY: `${openaiKey}9`,
      PATH: '/usr/bin',
    }
    expect(keysOfVariables(variables).keys.map(({ variable, kind }) => [variable, kind])).toEqual([
      ['OPENAI_API_KEY', 'api_key'],
      ['OPENAI_API_KEY_2', 'api_key'],
      ['CLAUDE_CODE_OAUTH_TOKEN', 'token'],
      ['HF_TOKEN', 'api_key'],
    ])
  })

  it('a list is taken apart', () => {
    const { keys } = keysOfVariables({ ANTHROPIC_API_KEYS: `${anthropicKey}, ${anthropicKey}2` })
    expect(keys.map(({ value }) => value)).toEqual([anthropicKey, `${anthropicKey}2`])
  })
})

describe('what is no key', () => {
  it.each([
    '',
    'short',
    '$OPENAI_API_KEY',
    '${OPENAI_API_KEY_OF_MY_SHELL}',
    '<your-openai-api-key-here>',
    'your-api-key-goes-in-here',
    'sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    'sk-proj with blanks 0123456789',
    'trase_0123456789012345678901234567',
    '********************************',
  ])('%j is passed over', (text) => {
    expect(isPlausible(text)).toBe(false)
  })
})

describe('other formats', () => {
  it('what an assignment was given comes back, quoted or not', () => {
    const value = fc.stringMatching(/^[\w.:/-]{1,40}$/)
    fc.assert(
      fc.property(value, fc.constantFrom('', '"', "'"), fc.boolean(), (text, quote, exported) => {
        const line = `${exported ? 'export ' : ''}A_KEY=${quote}${text}${quote}`
        expect(readAssignments(`B=1\n${line}\n# A_KEY=none\n`)).toEqual({ B: '1', A_KEY: text })
      }),
    )
  })

  it('entries of one list item belong together', () => {
    expect(readYamlEntries('a: 1\nlist:\n  - b: 2\n    c: "3"\n  - b: 4\n  - five\n')).toEqual([
      { key: 'a', value: '1', item: 0 },
      { key: 'b', value: '2', item: 1 },
      { key: 'c', value: '3', item: 1 },
      { key: 'b', value: '4', item: 2 },
      { key: 'list', value: 'five', item: 3 },
    ])
  })
})
