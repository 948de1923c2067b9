// Where a request goes: the provider in front, the rest untouched, and nothing that could leave the provider's base path.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTarget, takeKeyParameter } from '../../src/gateway/request-target.ts'

test.each([
  ['/openai/v1/models?x=1&y=../..', { first: 'openai', path: '/v1/models', query: '?x=1&y=../..' }],
  ['/openai', { first: 'openai', path: '', query: '' }],
  ['/openai?x', { first: 'openai', path: '', query: '?x' }],
  ['/openai/', { first: 'openai', path: '/', query: '' }],
  ['/openai//v1', { first: 'openai', path: '//v1', query: '' }],
  [
    '/together/v1/models/meta-llama%2FLlama-3.3-70B',
    { first: 'together', path: '/v1/models/meta-llama%2FLlama-3.3-70B', query: '' },
  ],
  ['/x/...%2e/.well-known/..x/%zz', { first: 'x', path: '/...%2e/.well-known/..x/%zz', query: '' }],
  ['/', { first: '', path: '', query: '' }],
])('%s is taken apart', (target, parts) => {
  expect(parseTarget(target)).toEqual(parts)
})

test.each([
  'http://example.com/openai',
  '//example.com/..',
  '*',
  'openai/v1',
  '',
  '/openai/../anthropic',
  '/openai/./x',
  '/openai/..',
  '/openai/.',
  '/openai/%2e%2e/x',
  '/openai/.%2E/x',
  '/openai/x%2f..%2fy',
  '/openai/%5c..%5Cx',
  '/openai/%252e%252e/x',
  '/openai/%25252e%25252e%25252fx',
  '/openai/..;a=1/x',
  '/openai\\..\\x',
  '/openai/a%0d%0aX: 1',
  '/openai/a%00',
  '/openai/a b',
  '/openai/a\r\nX: 1',
  '/openai/#x',
])('%j is refused', (target) => {
  expect(parseTarget(target)).toMatchObject({ code: 'bad_request' })
})

test('a path that is encoded again and again is refused, not decoded to its end', () => {
  expect(parseTarget(`/openai/%${'25'.repeat(7)}`)).toMatchObject({ first: 'openai' })
  expect(parseTarget(`/openai/%${'25'.repeat(8)}`)).toMatchObject({ code: 'bad_request' })
})

test('no accepted path climbs, however it is decoded', () => {
  const piece = fc.constantFrom('.', '..', '%2e', '%2E', '%252e', '/', '%2f', '%5c', '%255C', 'a', ';', '%25', '%')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const parsed = parseTarget(`/openai/${pieces.join('')}`)
      if ('code' in parsed) return
      let path = parsed.path
      for (let round = 0; round < 4; round++) {
        const climbs = path.split(/[/\\]/).some((segment) => ['.', '..'].includes(segment.split(';')[0] ?? ''))
        expect(climbs, `${parsed.path} as ${path}`).toBe(false)
        path = path.replaceAll(/%[0-9a-f]{2}/gi, (hex) => String.fromCharCode(Number.parseInt(hex.slice(1), 16)))
      }
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ['', '', []],
  ['?', '?', []],
  ['?a=1&b', '?a=1&b', []],
  ['?key=k', '', ['k']],
  ['?a=1&key=k%2B1&b=2', '?a=1&b=2', ['k+1']],
  ['?%6bey=k&k%65y=l&Key=m', '?Key=m', ['k', 'l']],
  ['?key', '', ['']],
  ['?a=key=1', '?a=key=1', []],
])('the key parameter is taken out of %j', (query, rest, keys) => {
  expect(takeKeyParameter(query)).toEqual({ query: rest, keys })
})
