import { expect, test } from 'vitest'
import { whyUnreachable } from '../../src/gateway/why-unreachable.ts'

test.each([
  ['EAI_AGAIN', 'no DNS answer (EAI_AGAIN)'],
  ['ECONNREFUSED', 'connection refused (ECONNREFUSED)'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired (CERT_HAS_EXPIRED)'],
  ['EWHATEVER', 'EWHATEVER'],
])('%s is told in words that help, with the code to search for', (code, expected) => {
  expect(whyUnreachable(Object.assign(new Error('connect to 10.0.0.1'), { code }))).toBe(expected)
})

test('an error without a code is told by its name', () => {
  expect(whyUnreachable(new TypeError('x'))).toBe('TypeError')
})
