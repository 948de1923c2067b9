import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseConfiguration } from '../../src/sources/configuration-file.ts'
import { defaultConfiguration } from '../../src/sources/configuration-schema.ts'
import { problemText } from '../../src/sources/settings-problem.ts'

const problems = (text: string): string[] => {
  const parsed = parseConfiguration(text, 'traseai.json')
  return parsed.ok ? [] : parsed.problems.map(problemText)
}
const value = (text: string) => {
  const parsed = parseConfiguration(text, 'traseai.json')
  if (!parsed.ok) throw new Error(parsed.problems.map(problemText).join('\n'))
  return parsed.value
}

const example = `{
  "agents":  { "default": "main" },
  "models":  {
    "default":   "anthropic/claude-sonnet-4-5",
    "aliases":   { "sonnet": "anthropic/claude-sonnet-4-5", "gpt": "openai/gpt-5" },
    "providers": {
      "anthropic": { "baseUrl": "https://api.anthropic.com" },            // overrides the built-in table
      "acme":      { "baseUrl": "https://llm.acme.test", "auth": "bearer", "envPrefix": "ACME" } // adds a provider
    }
  },
  "auth":    {
    "profiles":  { "anthropic:default": { "provider": "anthropic", "kind": "token" } },
    "order":     { "anthropic": ["anthropic:default", "anthropic:work"] },
    "expiryWarning": "24h",
    "cooldowns": { "rateLimit": ["30s", "1m", "5m"], "billing": "10m" }
  },
  "env":     { "shellEnv": { "enabled": false, "timeoutMs": 15000 } },
  "gateway": { "host": "127.0.0.1", "port": 7717, "holdMs": 2000, "bodyBytesMax": 33554432 },
  "notify":  [ { "kind": "ntfy", "url": "https://ntfy.example/topic" }, { "kind": "webhook", "url": "https://x.test" }, { "kind": "exec", "command": ["notify-send", "TraseAI"] } ]
}`

describe('the configuration', () => {
  it('of an empty object is made of defaults', () => {
    expect(value('{}')).toEqual(defaultConfiguration())
    expect(value('// nothing\n{ /* at all */ }')).toMatchObject({
      agents: { default: 'main' },
      models: { default: null },
      auth: { expiryWarningMs: 86_400_000, cooldowns: { rateLimitMs: [30_000, 60_000, 300_000], billingMs: 600_000 } },
      gateway: { host: '127.0.0.1', port: 7717, holdMs: 2_000, bodyBytesMax: 33_554_432, autostart: true },
    })
  })

  it('of the documentation is taken as it stands', () => {
    expect(value(example)).toMatchObject({
      models: {
        default: 'anthropic/claude-sonnet-4-5',
        providers: { acme: { baseUrl: 'https://llm.acme.test', auth: 'bearer', envPrefix: 'ACME' } },
      },
      auth: { order: { anthropic: ['anthropic:default', 'anthropic:work'] } },
      notify: [{ kind: 'ntfy' }, { kind: 'webhook' }, { kind: 'exec', command: ['notify-send', 'TraseAI'] }],
    })
  })

  it('may have comments, trailing commas, a byte order mark and Windows line ends', () => {
    expect(value('\uFEFF{\r\n  // port\r\n  "gateway": { "port": 1, },\r\n}\r\n').gateway.port).toBe(1)
  })

  it('warns of an address that other machines can reach', () => {
    const parsed = parseConfiguration('{ "gateway": {\n "host": "0.0.0.0" } }', 'traseai.json')
    expect(parsed).toMatchObject({ ok: true, warnings: [{ line: 2, key: 'gateway.host' }] })
  })
})

describe('a mistake in the configuration', () => {
  it.each([
    ['an unknown key', '{\n  "gatway": {}\n}', 'traseai.json:2: gatway: unknown key (did you mean gateway?)'],
    [
      'an unknown key further in',
      '{ "gateway": {\n\n "prot": 1 } }',
      'traseai.json:3: gateway.prot: unknown key (did you mean gateway.port?)',
    ],
    [
      'a key in the wrong place',
      '{ "holdMs": 1 }',
      'traseai.json:1: holdMs: unknown key (did you mean gateway.holdMs?)',
    ],
    [
      'an unknown key of a provider',
      '{ "models": { "providers": { "acme": {\n"url": "x" } } } }',
      'traseai.json:2: models.providers.acme.url: unknown key (did you mean models.providers.acme.baseUrl?)',
    ],
    [
      'an unknown key of a notice',
      '{ "notify": [{ "kind": "ntfy", "url": "https://x.test",\n "topc": 1 }] }',
      'traseai.json:2: notify[0].topc: unknown key (known here: kind, name, quietHours, only, url, tokenFile, click, command)',
    ],
    [
      'a wrong type',
      '{ "gateway": {\n "port": "7717" } }',
      'traseai.json:2: gateway.port: expected a number, received text',
    ],
    [
      'a number out of range',
      '{ "gateway": { "port": 70000 } }',
      'traseai.json:1: gateway.port: expected at most 65535',
    ],
    ['a missing value', '{ "notify": [\n{ "kind": "ntfy" }] }', 'traseai.json:2: notify[0].url: is missing'],
    [
      'an unknown word',
      '{ "models": { "providers": { "openai": { "auth": "baerer" } } } }',
      'traseai.json:1: models.providers.openai.auth: expected "bearer" or "x-api-key" or "x-goog-api-key"; did you mean "bearer"?',
    ],
    [
      'an unknown kind of notice',
      '{ "notify": [{ "kind": "mail" }] }',
      'traseai.json:1: notify[0].kind: expected "ntfy" or "webhook" or "exec" or "desktop"',
    ],
    [
      'quiet hours that are none',
      '{ "notify": [{ "kind": "desktop", "quietHours": "22-7" }] }',
      'traseai.json:1: notify[0].quietHours: expected local times such as "22:00-07:00"',
    ],
    [
      'two channels of one name',
      '{ "notify": [{ "kind": "desktop", "name": "a" },\n{ "kind": "desktop", "name": "a" }] }',
      'traseai.json:2: notify[1].name: "a" is the name of another channel already',
    ],
    [
      'a duration without a unit',
      '{ "auth": { "expiryWarning": "24" } }',
      'traseai.json:1: auth.expiryWarning: expected a duration such as "30s", "5m", "24h" or "7d"',
    ],
    [
      'a model without a provider',
      '{ "models": { "default": "gpt-5" } }',
      'traseai.json:1: models.default: expected a model such as "anthropic/claude-sonnet-5-5"',
    ],
    [
      'a model of an unknown provider',
      '{ "models": { "default": "antropic/x" } }',
      'traseai.json:1: models.default: unknown provider "antropic" (did you mean anthropic?)',
    ],
    [
      'an alias that is a number',
      '{ "models": { "aliases": { "1": "openai/x" } } }',
      'traseai.json:1: models.aliases.1: expected an alias: letters, digits, dots and dashes, not a number alone',
    ],
    [
      'a key in the place of a name',
      `{ "models": { "aliases": { "sk-ant-test-${'k'.repeat(200)}": "openai/x" } } }`,
      'traseai.json:1: models.aliases.sk-…: expected an alias: letters, digits, dots and dashes, not a number alone',
    ],
    [
      'an order of an unknown provider',
      '{ "auth": { "order": {\n "opnai": ["opnai:x"] } } }',
      'traseai.json:2: auth.order.opnai: unknown provider "opnai" (did you mean openai?)',
    ],
    [
      'an order with a credential of another provider',
      '{ "auth": { "order": { "openai": [\n"anthropic:x"] } } }',
      'traseai.json:2: auth.order.openai[0]: "anthropic:x" is not a credential of openai',
    ],
    [
      'an order with a credential twice',
      '{ "auth": { "order": { "openai": ["openai:x", "openai:x"] } } }',
      'traseai.json:1: auth.order.openai[1]: "openai:x" is listed twice',
    ],
    [
      'a profile of another provider',
      '{ "auth": { "profiles": { "openai:x": { "provider": "groq", "kind": "token" } } } }',
      'traseai.json:1: auth.profiles["openai:x"]: the id must start with "groq:"',
    ],
    [
      'an address that is none',
      '{ "models": { "providers": { "openai": { "baseUrl": "file:///x" } } } }',
      'traseai.json:1: models.providers.openai.baseUrl: expected an address that starts with http:// or https://',
    ],
    [
      'a mistyped provider',
      '{ "models": { "providers": {\n "opnai": { "auth": "bearer" } } } }',
      'traseai.json:2: models.providers.opnai: needs a baseUrl (did you mean openai?)',
    ],
    [
      'a key that is set twice',
      '{ "gateway": {},\n "gateway": {} }',
      'traseai.json:2: gateway: set twice; the first one is on line 1',
    ],
    [
      'a name that reaches into objects',
      '{ "models": { "aliases": {\n"__proto__": "openai/x" } } }',
      'traseai.json:2: models.aliases.__proto__: this name cannot be used',
    ],
    ['something else than an object', '[]', 'traseai.json:1: expected an object, received a list'],
    ['nothing at all', ' \n', 'traseai.json:1: is empty (write {} or remove the file)'],
  ])('is told for %s', (_what, text, problem) => {
    expect(problems(text)).toEqual([problem])
  })

  it('is told with its line for broken syntax', () => {
    expect(problems('{\n  "gateway": {\n    "port": 1\n')[0]).toMatch(/^traseai\.json:\d+: broken syntax: /)
    expect(problems('{\n  "gateway" {} }')[0]).toMatch(/^traseai\.json:2: broken syntax: colon expected$/)
  })

  it('is told for a comment that is not closed', () => {
    expect(problems('{\n/*')[0]).toBe('traseai.json:2: broken syntax: unexpected end of comment')
  })

  it('is told in few words for a megabyte of nonsense', () => {
    expect(problems(`[${'1 '.repeat(100_000)}]`).length).toBeLessThanOrEqual(20)
  })

  it('is told for each of several', () => {
    expect(problems('{ "a": 1,\n "b": 2,\n "gateway": { "port": "x" } }').map((text) => text.split(':')[1])).toEqual([
      '1',
      '2',
      '3',
    ])
  })

  it('is told for brackets without end, however many', () => {
    expect(problems('['.repeat(1_000_000))).toEqual(['traseai.json:1: nested more than 32 deep'])
  })
})

describe('any text at all', () => {
  it('is taken or refused, and never more', () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"gateway"',
      '"port"',
      '"models"',
      '"aliases"',
      '"x"',
      '1',
      'null',
      'true',
      '//',
      '/*',
      '*/',
      '\n',
      '"',
      '\\',
      'é',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(token).map((tokens) => tokens.join('')),
          fc.json(),
          fc.string(),
        ),
        (text) => {
          const parsed = parseConfiguration(text, 'traseai.json')
          expect(parsed.ok || parsed.problems.length > 0).toBe(true)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('does not change what objects are', () => {
    for (const text of ['{"__proto__":{"polluted":1}}', '{"models":{"aliases":{"constructor":"openai/x"}}}']) {
      expect(problems(text)).not.toEqual([])
      expect('polluted' in {}).toBe(false)
    }
  })
})
