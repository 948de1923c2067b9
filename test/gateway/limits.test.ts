// The written limits of what waits and what is kept, and the words for an answer that does not come.
import { expect, test } from 'vitest'
import { builtInProviders } from '../../src/domain/provider-table.ts'
import type { ProfileId } from '../../src/domain/ids.ts'
import { openCooling } from '../../src/gateway/cooling.ts'
import { noAnswerRefusal } from '../../src/gateway/refusals.ts'
import type { Answer } from '../../src/gateway/upstream-answer.ts'

const noTimers = { setTimer: () => ({ cancel: () => undefined }) }
const profile = 'openai:a' as ProfileId

function refused(body: string, status = 429, complete = true): Answer {
  const held = [Buffer.from(body)]
  return {
    kind: 'answer',
    status,
    reason: '',
    headers: [],
    contentType: '',
    contentEncoding: '',
    contentLength: null,
    held,
    isComplete: () => complete,
    passOn: () => undefined,
    discard: () => undefined,
  }
}

test('a thousand requests may wait, and one that is cancelled makes room', () => {
  const cooling = openCooling(noTimers)
  const waits = Array.from({ length: 1_000 }, () => cooling.wait(1_000))
  expect(waits.every((wait) => wait !== null)).toBe(true)
  expect(cooling.wait(1_000)).toBeNull()
  waits[0]?.cancel()
  waits[0]?.cancel()
  expect(cooling.waiting()).toBe(999)
  expect(cooling.wait(1_000)).not.toBeNull()
})

test('64 refusals are kept, and the oldest is forgotten first', () => {
  const cooling = openCooling(noTimers)
  for (let model = 0; model < 65; model++) cooling.keep(profile, `m${model}`, refused(`${model}`))
  expect(cooling.kept(profile, 'm0')).toBeUndefined()
  expect(cooling.kept(profile, 'm1')?.body.toString()).toBe('1')
  expect(cooling.kept(profile, 'm64')?.body.toString()).toBe('64')
})

test.each([
  ['one that is too long', refused('x'.repeat(16_385))],
  ['one that broke off', refused('x', 429, false)],
  ['a stream', refused('x', 200)],
])('%s is not kept', (_name, answer) => {
  const cooling = openCooling(noTimers)
  cooling.keep(profile, null, answer)
  expect(cooling.kept(profile, null)).toBeUndefined()
})

test('trials of different models or credentials do not stand in each other’s way', () => {
  const cooling = openCooling(noTimers)
  const end = cooling.beginTrial(profile, 'a')
  expect(end).not.toBeNull()
  expect(cooling.beginTrial(profile, 'a')).toBeNull()
  expect(cooling.beginTrial(profile, 'b')).not.toBeNull()
  expect(cooling.beginTrial('openai:b' as ProfileId, 'a')).not.toBeNull()
  end?.()
  expect(cooling.beginTrial(profile, 'a')).not.toBeNull()
})

test.each([
  ['UND_ERR_CONNECT_TIMEOUT', 'upstream_timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'upstream_timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'upstream_timeout'],
  ['ETIMEDOUT', 'upstream_timeout'],
  ['ECONNREFUSED', 'upstream_unreachable'],
  ['ENOTFOUND', 'upstream_unreachable'],
  ['CERT_HAS_EXPIRED', 'upstream_unreachable'],
  ['UND_ERR_SOCKET', 'upstream_unreachable'],
  ['UND_ERR_INVALID_ARG', 'bad_request'],
])('a failure with %s is told as %s', (code, told) => {
  const [provider] = builtInProviders
  if (!provider) throw new Error('there are providers')
  expect(noAnswerRefusal(provider, Object.assign(new Error('no'), { code })).code).toBe(told)
})
