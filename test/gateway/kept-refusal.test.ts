// A refusal that is kept for other clients is a whole answer for each of them, whoever it was made for.
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import type { Behaviour } from '../support/provider-behaviour.ts'
import { answerNever } from '../support/provider-answers.ts'
import { call, callAndLeave, until } from './client.ts'
import { openRoom, type Room } from './room.ts'

let room: Room
afterEach(() => room.close())

const key = 'sk-test-1'
const path = '/openai/v1/models'
const text = '{"error":{"type":"rate_limit_error","message":"too many requests"}}'

/** One client is refused like this; another one's trial never ends; what a third gets, who reads nothing but plain text. */
async function refusedAfter(method: 'GET' | 'HEAD', refuse: Behaviour): ReturnType<typeof call> {
  room = await openRoom({ env: { OPENAI_API_KEY: key } })
  const { url, provider } = room
  provider.behave(key, refuse, answerNever())
  expect((await call(url, path, { method })).status).toBe(429)
  const trial = callAndLeave(url, path)
  await until(() => provider.received.length === 2)
  const third = await call(url, path, { method: 'GET' })
  await trial.leave()
  expect(provider.received).toHaveLength(2)
  return third
}

test('the answer to a HEAD, which has a length and no body, is nobody else’s answer', async () => {
  const { status, headers, body } = await refusedAfter('HEAD', (_request, response) => {
    response.writeHead(429, { 'retry-after': '60', 'content-length': '400' }).end()
  })
  expect(status).toBe(429)
  expect(headers['content-length']).toBe(String(body.length))
  expect(body.toString()).toContain('rate_limited')
})

test('a refusal that was compressed for one client is readable for another', async () => {
  const { headers, body } = await refusedAfter('GET', (_request, response) => {
    response.writeHead(429, { 'retry-after': '60', 'content-encoding': 'gzip', 'x-own': 'kept' }).end(gzipSync(text))
  })
  expect(headers['content-encoding']).toBeUndefined()
  expect(headers['x-own']).toBe('kept')
  expect(body.toString()).toBe(text)
})

test('a refusal in a coding that cannot be read is replaced by words', async () => {
  const { headers, body } = await refusedAfter('GET', (_request, response) => {
    response.writeHead(429, { 'retry-after': '60', 'content-encoding': 'x-unknown' }).end('\u0001\u0002')
  })
  expect(headers['content-encoding']).toBeUndefined()
  expect(body.toString()).toContain('rate_limited')
})
