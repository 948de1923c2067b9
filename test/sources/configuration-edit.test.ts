// Single values of traseai.json are changed, and everything else that somebody wrote there stays.
import * as fc from 'fast-check'
import { createScanner, findNodeAtLocation, parse, parseTree } from 'jsonc-parser'
import { describe, expect, it } from 'vitest'
import { type ConfigurationChange, editConfiguration } from '../../src/sources/configuration-edit.ts'
import { parseConfiguration } from '../../src/sources/configuration-file.ts'

const profile = { provider: 'anthropic', kind: 'token' }
const setDefault = (model: string): ConfigurationChange => ({ path: ['models', 'default'], value: model })
const setProfile = (id: string, value: unknown): ConfigurationChange => ({
  path: ['auth', 'profiles', id],
  value,
})
const edit = (text: string | null, ...changes: ConfigurationChange[]) =>
  editConfiguration(text, changes, 'traseai.json')

describe('a value', () => {
  it.each([
    ['in a new file', null, '{\n  "models": {\n    "default": "groq/b"\n  }\n}\n'],
    ['in an empty object', '{}', '{\n  "models": {\n    "default": "groq/b"\n  }\n}'],
    [
      'in a file of comments only',
      '{\n  // mine\n}\n',
      '{\n  // mine\n  "models": {\n    "default": "groq/b"\n  }\n}\n',
    ],
    [
      'beside others on one line',
      '{ "gateway": { "port": 1 } }',
      '{ "gateway": { "port": 1 }, "models": { "default": "groq/b" } }',
    ],
    [
      'in place of another',
      '{ "models": { "default": "xai/d" /* old */ } }',
      '{ "models": { "default": "groq/b" /* old */ } }',
    ],
    ['in place of null', '{ "models": { "default": null } }', '{ "models": { "default": "groq/b" } }'],
    ['in an empty object on one line', '{ "models": {} }', '{ "models": { "default": "groq/b" } }'],
    [
      'behind a last value with a comment',
      '{\n  "gateway": { "port": 1 } // fixed\n}\n',
      '{\n  "gateway": { "port": 1 }, // fixed\n  "models": {\n    "default": "groq/b"\n  }\n}\n',
    ],
    [
      'behind a trailing comma',
      '{\n\t"gateway": { "port": 1 }, // fixed\n\t// more to come\n}\n',
      '{\n\t"gateway": { "port": 1 }, // fixed\n\t"models": {\n\t\t"default": "groq/b"\n\t},\n\t// more to come\n}\n',
    ],
    [
      'with the line ends that are there',
      '{\r\n    "gateway": {}\r\n}\r\n',
      '{\r\n    "gateway": {},\r\n    "models": {\r\n        "default": "groq/b"\r\n    }\r\n}\r\n',
    ],
    ['behind a byte order mark', '\uFEFF{ "env": {} }', '\uFEFF{ "env": {}, "models": { "default": "groq/b" } }'],
    [
      'between comments with commas and braces of their own',
      '{ "env": {} /* , } */ , // , {\n}',
      '{ "env": {} /* , } */ , // , {\n  "models": {\n    "default": "groq/b"\n  },\n}',
    ],
  ])('comes to stand %s', (_where, text, expected) => {
    expect(edit(text, setDefault('groq/b'))).toBe(expected)
  })

  it('that is there already leaves the text as it is', () => {
    const text = '{ "models" : {"default":"groq/b"} , }'
    expect(edit(text, setDefault('groq/b'))).toBe(text)
  })

  it('that is an object goes into the one that is there member by member', () => {
    const text =
      '{ "auth": { "profiles": { "anthropic:me": {\n  "provider": "anthropic", // whose\n  "kind": "api_key" // what\n} } } }'
    expect(edit(text, setProfile('anthropic:me', profile))).toBe(text.replace('api_key', 'token'))
  })

  it('may have a name with dots, colons and quotes of its own', () => {
    const text = edit(
      null,
      setProfile('anthropic:a.b@c.test', profile),
      setProfile('openai:x', { provider: 'openai', kind: 'api_key' }),
    )
    expect(text).toBe(
      '{\n  "auth": {\n    "profiles": {\n      "anthropic:a.b@c.test": { "provider": "anthropic", "kind": "token" },\n' +
        '      "openai:x": { "provider": "openai", "kind": "api_key" }\n    }\n  }\n}\n',
    )
  })
})

describe('a removed value', () => {
  const gone = setProfile('groq:b', undefined)
  it.each([
    ['the only one', '{ "auth": { "profiles": { "groq:b": X } } }', '{ "auth": { "profiles": {} } }'],
    [
      'the first on a line',
      '{ "auth": { "profiles": { "groq:b": X, "groq:c": X } } }',
      '{ "auth": { "profiles": { "groq:c": X } } }',
    ],
    [
      'the last on a line',
      '{ "auth": { "profiles": { "groq:a": X, "groq:b": X } } }',
      '{ "auth": { "profiles": { "groq:a": X } } }',
    ],
    [
      'a line of its own',
      '{ "auth": { "profiles": {\n  // first\n  "groq:a": X,\n  // second\n  "groq:b": X, // mine\n  "groq:c": X\n} } }',
      '{ "auth": { "profiles": {\n  // first\n  "groq:a": X,\n  // second\n  // mine\n  "groq:c": X\n} } }',
    ],
    [
      'the last line, with the comma before it',
      '{ "auth": { "profiles": {\n  "groq:a": X, // first\n  "groq:b": X\n} } }',
      '{ "auth": { "profiles": {\n  "groq:a": X // first\n} } }',
    ],
  ])('takes its comma with it: %s', (_what, text, expected) => {
    const filled = (template: string) => template.replaceAll('X', '{ "provider": "groq", "kind": "token" }')
    expect(edit(filled(text), gone)).toBe(filled(expected))
  })

  const noDefault = { path: ['models', 'default'], value: undefined, andEmptied: true } as const
  it.each([
    ['all that there was', '{\n  // mine\n  "models": {\n    "default": "groq/b"\n  }\n}\n', '{\n  // mine\n}\n'],
    ['beside others', '{ "models": { "default": "groq/b", "aliases": {} } }', '{ "models": { "aliases": {} } }'],
    ['behind others', '{ "gateway": {}, "models": { "default": "groq/b" } }', '{ "gateway": {} }'],
    ['beside a comment', '{ "models": { "default": "groq/b" /* ! */ } }', '{ "models": { /* ! */ } }'],
    ['not there', '{ "models": {} }', '{ "models": {} }'],
  ])('takes the object with it that it leaves empty: %s', (_what, text, expected) => {
    expect(edit(text, noDefault)).toBe(expected)
  })

  it('undoes what made the file, but for its braces', () => {
    expect(JSON.parse(edit(edit(null, setDefault('groq/b')), noDefault))).toEqual({})
  })

  it('that is not there changes nothing', () => {
    expect(edit('{ "auth": {} }', gone)).toBe('{ "auth": {} }')
    expect(edit(null, gone)).toBe('')
  })
})

describe('an edit', () => {
  it.each(['{ "gateway": {', '', '{ "gatway": {} }', '[]', '{ "a": 1, "a": 2 }'])(
    'refuses a broken file: %j',
    (text) => {
      expect(() => edit(text, setDefault('groq/b'))).toThrow(
        /^the configuration is broken and was not changed: traseai\.json:\d+: /,
      )
    },
  )

  it('refuses what would break the file', () => {
    expect(() => edit('{}', setDefault('no model'))).toThrow(
      /^the configuration was not changed: afterwards it would be broken: .*models.default/,
    )
    expect(() => edit('{}', { path: ['modles'], value: {} })).toThrow(/modles/)
  })
})

/** A configuration as text, with comments wherever one may stand. */
const anyText = fc
  .record({
    default: fc.option(fc.constantFrom('groq/b', 'xai/d')),
    port: fc.option(fc.nat(65_535)),
    profiles: fc.uniqueArray(fc.constantFrom('groq:one', 'groq:two', 'groq:me@x.test', 'groq:three'), { maxLength: 4 }),
    order: fc.boolean(),
    trivia: fc.array(fc.constantFrom('', '', ' ', 'NL', 'LINE', 'BLOCK', 'NL  ', 'LINE\t', 'NLLINE'), {
      minLength: 1,
      maxLength: 60,
    }),
    trailingCommas: fc.boolean(),
    lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
    mark: fc.constantFrom('', '\uFEFF'),
  })
  .map(({ trivia, trailingCommas, lineEnd, mark, ...content }) => {
    const value = {
      ...(content.default === null ? {} : { models: { default: content.default } }),
      auth: {
        profiles: Object.fromEntries(content.profiles.map((id) => [id, { provider: 'groq', kind: 'token' }])),
        ...(content.order ? { order: { groq: ['groq:one', 'groq:two'] } } : {}),
      },
      ...(content.port === null ? {} : { gateway: { port: content.port } }),
    }
    let [used, comments] = [0, 0]
    const filler = (): string => {
      const next = trivia[used++ % trivia.length] ?? ''
      return next
        .replace('NL', lineEnd)
        .replace('LINE', () => `// c${comments++}, } "${lineEnd}`)
        .replace('BLOCK', () => `/* c${comments++}, { ${lineEnd}*/`)
    }
    const print = (part: unknown): string => {
      if (typeof part !== 'object' || part === null) return JSON.stringify(part)
      const isArray = Array.isArray(part)
      const members = Object.entries(part).map(
        ([name, member]) =>
          filler() + (isArray ? '' : `${JSON.stringify(name)}${filler()}:${filler()}`) + print(member) + filler(),
      )
      const inner = members.join(',') + (trailingCommas && members.length > 0 ? `,${filler()}` : filler())
      return isArray ? `[${inner}]` : `{${inner}}`
    }
    return mark + filler() + print(value) + filler()
  })

const anyChange = fc.oneof(
  fc
    .constantFrom('groq/b', 'xai/f', null, undefined)
    .map((value): ConfigurationChange => ({ path: ['models', 'default'], value })),
  fc
    .record({
      id: fc.constantFrom('groq:one', 'groq:two', 'groq:four'),
      kind: fc.constantFrom('token', 'api_key', null),
    })
    .map(({ id, kind }): ConfigurationChange => setProfile(id, kind === null ? undefined : { provider: 'groq', kind })),
  fc
    .constantFrom(['groq:two'], ['groq:one', 'groq:two'], undefined)
    .map((value): ConfigurationChange => ({ path: ['auth', 'order', 'groq'], value })),
  fc.constantFrom(1, 2, undefined).map((value): ConfigurationChange => ({ path: ['gateway', 'port'], value })),
)

/** Comments in their order, less those inside a value that goes. */
function commentsOf(text: string, without: readonly ConfigurationChange[] = []): readonly string[] {
  const tree = parseTree(text.replace('\uFEFF', ' '), [], { allowTrailingComma: true })
  const gone = without.flatMap(({ path, value }) => {
    const node = tree && findNodeAtLocation(tree, [...path])
    const property = value === undefined ? node?.parent : Array.isArray(value) ? node : undefined
    return property ? [property] : []
  })
  const scanner = createScanner(text.replace('\uFEFF', ' '), false)
  const comments: string[] = []
  for (let kind: number = scanner.scan(); kind !== 17; kind = scanner.scan()) {
    const offset = scanner.getTokenOffset()
    const isGone = gone.some((node) => offset > node.offset && offset < node.offset + node.length)
    if ((kind === 12 || kind === 13) && !isGone) comments.push(text.slice(offset, offset + scanner.getTokenLength()))
  }
  return comments
}

describe('any edit of any file', () => {
  it('keeps comments, byte order mark and every other value, and can be undone', () => {
    fc.assert(
      fc.property(anyText, anyChange, (text, change) => {
        const edited = edit(text, change)
        const before = parse(text.replace('\uFEFF', ''), [], { allowTrailingComma: true }) as object
        const after = parse(edited.replace('\uFEFF', ''), [], { allowTrailingComma: true }) as object
        expect(parseConfiguration(edited, 'x')).toMatchObject({ ok: true })
        expect(edited.startsWith('\uFEFF')).toBe(text.startsWith('\uFEFF'))
        const kept = commentsOf(text, [change])
        expect(commentsOf(edited).filter((comment) => kept.includes(comment))).toEqual(kept)
        const valueAt = (object: unknown, path: readonly string[]): unknown =>
          path.reduce((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], object)
        expect(valueAt(after, change.path)).toEqual(change.value)
        const undone = parse(
          edit(edited, { ...change, value: valueAt(before, change.path) }).replace('\uFEFF', ''),
          [],
          { allowTrailingComma: true },
        ) as object
        expect(undone).toMatchObject(before)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a file that was cut short at any byte', () => {
  const whole =
    '{\n  // mine\n  "auth": { "order": { "groq": ["groq:one"] } }, /* and */\n  "gateway": { "port": 5 },\n}\n'

  it.each(Array.from({ length: whole.length }, (_, index) => index))('is never destroyed by an edit: %d', (length) => {
    const cut = whole.slice(0, length)
    const isWhole = parseConfiguration(cut, 'x').ok
    if (isWhole) expect(edit(cut, setDefault('groq/b'))).toContain('// mine')
    else expect(() => edit(cut, setDefault('groq/b'))).toThrow(/was not changed/)
  })
})
