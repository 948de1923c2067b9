// Which model a request asks for: found in the bytes as JSON.parse would find it, and the pinned credential cut out.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProfileId } from '../../src/domain/ids.ts'
import {
  findModel,
  modelBytesMax,
  modelOfBody,
  modelOfPath,
  stringAt,
  withModel,
} from '../../src/gateway/request-model.ts'

const known = new Set(['work', 'openai:work', 'a@b'])
const profileOf = (suffix: string): ProfileId | null => (known.has(suffix) ? (suffix as ProfileId) : null)

function modelIn(text: string): string | null {
  const body = Buffer.from(text)
  const range = findModel(body)
  return range?.isString ? stringAt(body, range) : null
}

/** What JSON.parse makes of it. */
function parsedModel(text: string): string | null {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, 'model')) return null
  const { model } = value as { model: unknown }
  return typeof model === 'string' ? model : null
}

describe('the model of a body', () => {
  test.each([
    ['{"model":"m"}', 'm'],
    [' \r\n\t{ "messages" : [ {"model":"no"} , "model" , ":" ] , "model"\n:\t"m" } ', 'm'],
    ['{"a":{"model":"no"},"b":"}{\\"model\\":\\"no\\"","model":"m"}', 'm'],
    ['{"model":"first","model":"last"}', 'last'],
    ['{"model":"first","model":5}', null],
    ['{"\\u006dodel":"escaped key"}', 'escaped key'],
    ['{"model":"caf\\u00e9 \\"x\\" \\\\"}', 'café "x" \\'],
    ['{"x":"\\\\","model":"m"}', 'm'],
    ['{"models":"no","mode":"no","model ":"no"}', null],
    ['["model","m"]', null],
    ['"model"', null],
    ['{}', null],
    ['', null],
    ['{"model"', null],
    ['{"model":', null],
    ['{"model":"open', null],
    ['{"a":"open', null],
    ['--boundary\r\nname="model"', null],
  ])('of %j is %j', (text, model) => {
    expect(modelIn(text)).toBe(model)
  })

  test('is the one JSON.parse finds, whatever else is in the body', () => {
    const key = fc.oneof(fc.constantFrom('model', 'mod\\u0065l', 'models', 'a', '\\"model\\":'), fc.string())
    const leaf = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('"model":"x"', '\\', '"', '}{'),
      fc.integer(),
      fc.constant(null),
      fc.boolean(),
    )
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('model', 'b', 'c}'), tie('value'), { maxKeys: 3 }),
      ),
    })).value
    const space = fc.constantFrom('', ' ', '\n', '\t\r\n')
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value, space), { maxLength: 6 }), space, (members, lead) => {
        const texts = members.map(([name, each, gap]) => {
          const literal =
            /^(?:[^"\\]|\\u0065|\\")*$/.test(name) && name.includes('\\') ? `"${name}"` : JSON.stringify(name)
          return `${gap}${literal}${gap}:${gap}${JSON.stringify(each)}${gap}`
        })
        const text = `${lead}{${texts.join(',')}}${lead}`
        expect(modelIn(text)).toBe(parsedModel(text))
      }),
    )
  })

  test('never stumbles over bytes that are no JSON', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc
            .string({ unit: fc.constantFrom('{', '}', '"', '\\', ':', 'model', '"model"', ',') })
            .map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          const body = Buffer.from(bytes)
          expect(modelOfBody(body, profileOf).body).toBe(body)
        },
      ),
    )
  })

  test('of many megabytes is found by jumping over its strings', () => {
    const image = 'A'.repeat(30_000_000)
    expect(modelIn(JSON.stringify({ image, model: 'm', more: image }))).toBe('m')
  })
})

test('of a name that nobody would give a model only the beginning is kept, and the body stays as it is', () => {
  const body = Buffer.from(`{"model":"${'é'.repeat(modelBytesMax)}@work"}`)
  const found = modelOfBody(body, profileOf)
  expect(Buffer.byteLength(found.model ?? '')).toBeLessThanOrEqual(modelBytesMax + 2)
  expect(found.pin).toBeNull()
  expect(found.body).toBe(body)
})

describe('a pin in the model', () => {
  test.each([
    ['gpt-5@work', 'gpt-5', 'work'],
    ['gpt-5@openai:work', 'gpt-5', 'openai:work'],
    ['x@y@work', 'x@y', 'work'],
    ['m@a@b', 'm', 'a@b'],
    ['claude@20250929', 'claude@20250929', null],
    ['@work', '@work', null],
    ['gpt-5@', 'gpt-5@', null],
  ])('of %s is told from a name with an @', (asked, model, pin) => {
    const body = Buffer.from(JSON.stringify({ n: 1, model: asked, z: 'é' }))
    const found = modelOfBody(body, profileOf)
    expect([found.model, found.pin]).toEqual([model, pin])
    expect(found.body.toString()).toBe(JSON.stringify({ n: 1, model, z: 'é' }))
  })

  test('leaves every other byte as it was', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.string({ minLength: 1 }).filter((name) => !name.includes('@')),
        (before, after, model) => {
          const text = (name: string): string =>
            `{ "a" : ${JSON.stringify(before)},"model": ${JSON.stringify(name)} , "z":${JSON.stringify(after)}}`
          expect(modelOfBody(Buffer.from(text(`${model}@work`)), profileOf).body.toString()).toBe(
            Buffer.from(text(model)).toString(),
          )
        },
      ),
    )
  })
})

test.each([
  [
    '/v1beta/models/gemini-2.5-pro:generateContent',
    'gemini-2.5-pro',
    null,
    '/v1beta/models/gemini-2.5-pro:generateContent',
  ],
  ['/v1beta/models/g@work:streamGenerateContent', 'g', 'work', '/v1beta/models/g:streamGenerateContent'],
  ['/v1beta/models/g@openai:work:generateContent', 'g', 'openai:work', '/v1beta/models/g:generateContent'],
  ['/v1beta/models/g%40openai%3Awork:generateContent', 'g', 'openai:work', '/v1beta/models/g:generateContent'],
  ['/v1beta/models/g@openai:work', 'g', 'openai:work', '/v1beta/models/g'],
  ['/v1beta/models/g@other:generateContent', 'g@other', null, '/v1beta/models/g@other:generateContent'],
  ['/v1beta/models', null, null, '/v1beta/models'],
  ['/v1beta/openai/chat/completions', null, null, '/v1beta/openai/chat/completions'],
])('the path %s asks for %s', (path, model, pin, rest) => {
  expect(modelOfPath(path, profileOf)).toEqual({ model, pin, path: rest })
})

describe('another model in a body', () => {
  test('is what JSON.parse then finds, and everything else stays as it was', () => {
    const member = fc.tuple(fc.constantFrom('model', 'mod\\u0065l', 'messages', 'x'), fc.jsonValue())
    const space = fc.constantFrom('', ' ', '\r\n\t')
    fc.assert(
      fc.property(fc.array(member, { maxLength: 5 }), space, fc.string(), (members, gap, model) => {
        const inside = members.map(([name, value]) => `${gap}"${name}"${gap}:${JSON.stringify(value)}`).join(',')
        const text = `${gap}{${inside}${gap}}`
        const place = findModel(Buffer.from(text))
        fc.pre(place === null || place.isString)
        const changed = withModel(Buffer.from(text), place, model).toString()
        const before = JSON.parse(text) as Record<string, unknown>
        expect(JSON.parse(changed)).toEqual({ ...before, model })
      }),
    )
  })

  test.each([
    ['{"model":"m"', 'm'],
    ['{"model":"m","messages":["cut in the mid', 'm'],
    ['{"messages":["cut in the mid', null],
    ['{"mod', null],
  ])('is found in %j, the beginning of a longer one', (text, model) => {
    expect(modelIn(text)).toBe(model)
  })
})
