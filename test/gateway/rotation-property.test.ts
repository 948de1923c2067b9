// Whatever the keys answer: each is tried at most once, only limits lead on, and the client gets one answer byte for byte.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseProfileId } from '../../src/domain/ids.ts'
import { strategies } from '../../src/domain/strategy.ts'
import type { Behaviour } from '../support/provider-behaviour.ts'
import { streamContent, streamHead } from '../support/provider-answers.ts'
import { call } from './client.ts'
import { openRoom } from './room.ts'

interface Answer {
  readonly name: string
  readonly limited: boolean
  readonly status: number
  readonly headers: readonly string[]
  readonly pieces: readonly string[]
}

const json = (status: number, limited: boolean, body: string, headers: readonly string[] = []): Answer => ({
  name: `${status} ${body}`,
  limited,
  status,
  headers: ['content-type', 'application/json', ...headers],
  pieces: [body],
})
const slowDown = '{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}'
const events = (name: string, limited: boolean, pieces: readonly string[]): Answer => ({
  name,
  limited,
  status: 200,
  headers: ['content-type', 'text/event-stream'],
  pieces,
})
const inStream = 'event: error\ndata: {"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}\n\n'
const overloaded = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n'
const [head, content] = [streamHead({ dialect: 'anthropic' }), streamContent({ dialect: 'anthropic' })]

const answer = fc.oneof(
  fc.constantFrom(
    json(429, true, slowDown),
    json(429, true, slowDown, ['retry-after', '7']),
    json(429, true, slowDown, ['retry-after-ms', '15000']),
    json(429, true, slowDown, ['x-ratelimit-remaining-requests', '0', 'x-ratelimit-reset-requests', '1m0s']),
    json(200, false, '{"type":"message","content":[]}', ['anthropic-ratelimit-requests-remaining', '0']),
    json(400, true, '{"error":{"message":"Quota exceeded for metric"}}'),
    events('limited at once', true, [inStream]),
    events('limited before content', true, [...head, inStream]),
    json(200, false, '{"type":"message","content":[]}'),
    json(400, false, '{"type":"error","error":{"type":"invalid_request_error","message":"no"}}'),
    json(401, false, '{}'),
    json(500, false, 'oops'),
    json(529, false, '{"type":"error","error":{"type":"overloaded_error","message":"busy"}}'),
    events('good', false, [...head, ...content]),
    events('limited after content', false, [...head, content[0] ?? '', inStream]),
    events('overloaded', false, [...head, overloaded]),
    events('empty', false, []),
  ),
)

/** Sends the pieces with their cuts, each after the one before was handed to the system. */
function behaviour({ status, headers, pieces }: Answer, cutAt: number): Behaviour {
  return (_request, response) => {
    response.writeHead(status, [...headers])
    const bytes = Buffer.from(pieces.join(''))
    const cut = cutAt % (bytes.length + 1)
    response.write(bytes.subarray(0, cut), () => setImmediate(() => response.end(bytes.subarray(cut))))
  }
}

const how = fc.record({ strategy: fc.constantFrom(...strategies), shared: fc.subarray([1, 2, 3, 4]) })
const environmentId = (number: number) => parseProfileId(`anthropic:ANTHROPIC_API_KEY_${number}`)

test('one answer, each key at most once, only limits lead on', async () => {
  const requests = fc.array(fc.array(fc.tuple(answer, fc.nat()), { minLength: 4, maxLength: 4 }), {
    minLength: 1,
    maxLength: 3,
  })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), how, requests, async (keyCount, { strategy, shared }, rounds) => {
      const keys = Array.from({ length: keyCount }, (_, i) => `sk-ant-test-${i + 1}`)
      const room = await openRoom({
        env: Object.fromEntries(keys.map((key, i) => [`ANTHROPIC_API_KEY_${i + 1}`, key])),
        auth: { strategies: { anthropic: strategy }, quotaGroups: { acme: shared.map(environmentId) } },
      })
      try {
        for (const round of rounds) {
          const given = new Map(keys.map((key, i) => [key, round[i] ?? round[0]]))
          for (const [key, pair] of given) if (pair) room.provider.behave(key, behaviour(...pair))
          const before = room.provider.received.length
          const reply = await call(room.url, '/anthropic/v1/messages', { body: '{"model":"m","stream":true}' })
          const tried = room.provider.keys().slice(before)
          expect(new Set(tried).size).toBe(tried.length)
          expect(reply.headers['x-traseai-attempts'] ?? '0').toBe(String(tried.length))
          const answers = tried.map((key) => given.get(key)?.[0])
          expect(answers.slice(0, -1).every((each) => each?.limited)).toBe(true)
          const last = answers.at(-1)
          if (!last) continue // every key was switched off before
          expect([reply.status, reply.text]).toEqual([last.status, last.pieces.join('')])
        }
      } finally {
        await room.close()
      }
    }),
    { numRuns: 60 },
  )
})
