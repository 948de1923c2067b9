// A token that Anthropic takes from Claude Code alone: its answer goes back as it came, and the token stays in use.
import { afterEach, expect, test } from 'vitest'
import { answerError, answerOk, answerRateLimited } from '../support/provider-answers.ts'
import { call } from './client.ts'
import { openRoom, type Room } from './room.ts'

let room: Room | null = null
afterEach(async () => {
  await room?.close()
  room = null
})

const message = 'This credential is only authorized for use with Claude Code and cannot be used for other API requests.'
const first = 'sk-ant-oat01-test'
const second = 'sk-ant-test-2'
const path = '/anthropic/v1/messages'
const id = 'anthropic:ANTHROPIC_API_KEY_1'

async function enter(): Promise<Room> {
  room = await openRoom({ env: { ANTHROPIC_API_KEY_1: first, ANTHROPIC_API_KEY_2: second } })
  return room
}

test.each([400, 401, 403])('with status %i the answer comes as it was, from the one attempt', async (status) => {
  const { url, provider } = await enter()
  provider.behave(first, answerError(status, message))
  const reply = await call(url, path)
  expect([reply.status, reply.headers['x-traseai-attempts'], reply.headers['x-traseai-profile']]).toEqual([
    status,
    '1',
    id,
  ])
  expect(reply.headers['request-id']).toBe(`req_${status}`)
  expect(reply.text).toContain(message)
  expect(provider.keys()).toEqual([first])
})

test('it is noted once, and the token is neither disabled nor cooled', async () => {
  const { url, provider, state, recorded } = await enter()
  provider.behave(first, answerError(403, message))
  await call(url, path)
  await call(url, path)
  expect(recorded.map(({ outcome }) => outcome)).toEqual(['restricted', 'restricted'])
  expect(state().credentials[id]).toMatchObject({
    restrictedTo: 'claude-code',
    disabled: null,
    cooldowns: {},
    version: 2,
  })
})

test('what Claude Code itself asks through the gateway still goes out with it', async () => {
  const { url, provider } = await enter()
  provider.behave(first, answerError(400, message), answerOk())
  await call(url, path)
  expect((await call(url, path)).headers['x-traseai-profile']).toBe(id)
})

test('after a rate limit of another key the answer still comes as it was', async () => {
  const { url, provider } = await enter()
  provider.behave(first, answerRateLimited())
  provider.behave(second, answerError(400, message))
  const reply = await call(url, path)
  expect([reply.status, reply.headers['x-traseai-attempts']]).toEqual([400, '2'])
  expect(reply.text).toContain(message)
})

test('a token without the scope for one endpoint is not refused for the others', async () => {
  const { url, provider, state } = await enter()
  provider.behave(first, answerError(403, 'OAuth token does not meet scope requirement user:profile'))
  expect((await call(url, '/anthropic/api/oauth/usage', { method: 'GET' })).status).toBe(403)
  expect(state().credentials[id]?.disabled).toBeNull()
})
