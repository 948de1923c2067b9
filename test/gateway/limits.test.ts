// The written limits of what waits and what is kept, and the words for an answer that does not come.
import { expect, test } from 'vitest'
import { builtInProviders } from '../../src/domain/provider-table.ts'
import type { ProfileId } from '../../src/domain/ids.ts'
import { openCooling } from '../../src/gateway/cooling.ts'
import { noAnswerRefusal } from '../../src/gateway/refusals.ts'
import type { Answer } from '../../src/gateway/upstream/answer.ts'

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
    brokeOff: () => !complete,
    passOn: () => undefined,
    discard: () => undefined,
  }
}

test('a thousand requests may wait, and one that is cancelled makes room', () => {
  const cooling = openCooling(noTimers)
  const waits = Array.from({ length: 1_000 }, () => cooling.wait(1_000, []))
  expect(waits.every((wait) => wait !== null)).toBe(true)
  expect(cooling.wait(1_000, [])).toBeNull()
  waits[0]?.cancel()
  waits[0]?.cancel()
  expect(cooling.waiting()).toBe(999)
  expect(cooling.wait(1_000, [])).not.toBeNull()
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

test('there is one trial of a limit at a time, and trials of other limits do not stand in its way', () => {
  const cooling = openCooling(noTimers)
  const end = cooling.beginTrial('openai:a')
  expect(end).not.toBeNull()
  expect(cooling.beginTrial('openai:a')).toBeNull()
  expect(cooling.beginTrial('openai:b')).not.toBeNull()
  expect(cooling.isOnTrial({ of: 'limit', key: 'openai:a' })).toBe(true)
  end?.()
  expect(cooling.isOnTrial({ of: 'limit', key: 'openai:a' })).toBe(false)
  expect(cooling.beginTrial('openai:a')).not.toBeNull()
})

test('those who wait for a trial go on in the order in which they came, and not before it has ended', async () => {
  const cooling = openCooling(noTimers)
  const end = cooling.beginTrial('openai:a')
  const gone: number[] = []
  const waits = [1, 2, 3].map((number) => {
    const wait = cooling.wait(1_000, ['openai:a'])
    void wait?.over.then(() => gone.push(number))
    return wait
  })
  waits[1]?.cancel()
  await Promise.resolve()
  expect(gone).toEqual([2])
  end?.()
  await Promise.all(waits.flatMap((wait) => wait?.over ?? []))
  expect(gone).toEqual([2, 1, 3])
  expect(cooling.waiting()).toBe(0)
})

test('a fallback is new once for each cooldown', () => {
  const cooling = openCooling(noTimers)
  const isNew = (until: number): boolean => cooling.isNewFallback({ profileId: profile, until })
  expect([isNew(1), isNew(1), isNew(2), isNew(1)]).toEqual([true, false, true, false])
})

test.each([
  ['UPSTREAM_CONNECT_TIMEOUT', 'upstream_timeout'],
  ['UPSTREAM_QUEUE_TIMEOUT', 'upstream_timeout'],
  ['UPSTREAM_HEADERS_TIMEOUT', 'upstream_timeout'],
  ['UPSTREAM_IDLE_TIMEOUT', 'upstream_timeout'],
  ['ETIMEDOUT', 'upstream_timeout'],
  ['ECONNREFUSED', 'upstream_unreachable'],
  ['ENOTFOUND', 'upstream_unreachable'],
  ['CERT_HAS_EXPIRED', 'upstream_unreachable'],
  ['UPSTREAM_CLOSED', 'upstream_unreachable'],
  ['UPSTREAM_BAD_REQUEST', 'bad_request'],
])('a failure with %s is told as %s', (code, told) => {
  const [provider] = builtInProviders
  if (!provider) throw new Error('there are providers')
  expect(noAnswerRefusal(provider, Object.assign(new Error('no'), { code })).code).toBe(told)
})
