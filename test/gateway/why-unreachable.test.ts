import { expect, test } from 'vitest'
import { UpstreamError, withNote } from '../../src/gateway/upstream/failures.ts'
import { noAnswerRefusal } from '../../src/gateway/refusals.ts'
import { builtInProviders } from '../../src/domain/provider-table.ts'
import { whyUnreachable } from '../../src/gateway/upstream/why-unreachable.ts'

test.each([
  ['EAI_AGAIN', 'no DNS answer (EAI_AGAIN)'],
  ['ECONNREFUSED', 'connection refused (ECONNREFUSED)'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired (CERT_HAS_EXPIRED)'],
  ['EWHATEVER', 'EWHATEVER'],
])('%s is told in words that help, with the code to search for', (code, expected) => {
  expect(whyUnreachable(Object.assign(new Error('connect to 10.0.0.1'), { code }))).toBe(expected)
})

test('a failure of our own, and what is known besides, goes with the words', () => {
  const lost = new UpstreamError('UPSTREAM_BAD_ANSWER', 'it states two lengths')
  expect(whyUnreachable(lost)).toBe(
    'its answer is not HTTP/1.1 as it must be: it states two lengths (UPSTREAM_BAD_ANSWER)',
  )
  const untrusted = Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' })
  expect(whyUnreachable(withNote(untrusted, '/ca.pem: there is no such file'))).toBe(
    'its certificate is not trusted here (SELF_SIGNED_CERT_IN_CHAIN); /ca.pem: there is no such file',
  )
})

test('an error without a code is told by its name', () => {
  expect(whyUnreachable(new TypeError('x'))).toBe('TypeError')
})

test.each([
  ['SELF_SIGNED_CERT_IN_CHAIN', 'gateway.upstream.caFiles'],
  ['ECONNREFUSED', 'check the network'],
])('%s: the client is told what to look at', (code, hint) => {
  const [provider] = builtInProviders
  if (!provider) throw new Error('there is no provider')
  expect(noAnswerRefusal(provider, Object.assign(new Error('x'), { code })).hint).toContain(hint)
})
