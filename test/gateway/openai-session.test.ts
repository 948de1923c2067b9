// What a session has chosen with /model, for requests at the OpenAI-compatible entry and at a provider's own paths.
import { afterEach, describe, expect, test } from 'vitest'
import type { AgentId, ProfileId, SessionId } from '../../src/domain/ids.ts'
import { ask, keys, models, seen } from './entry-calls.ts'
import { openRoom, type Room, setOrder } from './room.ts'

let room: Room | null = null
afterEach(async () => {
  await room?.close()
  room = null
})

async function enter(): Promise<Room> {
  room = await openRoom({ env: keys, models })
  return room
}

describe('a session that has pinned something', () => {
  const pin = (entered: Room, model: string, profileId: string | null = null): void =>
    entered.execute({
      type: 'PinModel',
      session: 'chat-1' as SessionId,
      agent: 'main' as AgentId,
      model,
      profileId: profileId as ProfileId | null,
    })
  const headers = { 'x-traseai-session': 'chat-1' }

  test.each([{}, { model: 'default' }])('decides over %j', async (body) => {
    const entered = await enter()
    pin(entered, 'anthropic/claude-opus-5', 'anthropic:ANTHROPIC_API_KEY_2')
    await ask(entered, body, { headers })
    expect(seen(entered)).toMatchObject({ key: 'sk-ant-test-2', model: 'claude-opus-5' })
    await ask(entered, body)
    expect(seen(entered)).toMatchObject({ key: 'sk-test-1', model: 'gpt-5' })
  })

  test('gives way to a model that is named, and keeps its credential for that provider', async () => {
    const entered = await enter()
    pin(entered, 'anthropic/claude-opus-5', 'anthropic:ANTHROPIC_API_KEY_2')
    await ask(entered, { model: 'sonnet' }, { headers })
    expect(seen(entered)).toMatchObject({ key: 'sk-ant-test-2', model: 'claude-sonnet-5-5' })
    await ask(entered, { model: 'openai/gpt-5' }, { headers })
    expect(seen(entered)).toMatchObject({ key: 'sk-test-1', model: 'gpt-5' })
    await ask(entered, { model: 'sonnet@ANTHROPIC_API_KEY' }, { headers })
    expect(seen(entered)).toMatchObject({ key: 'sk-ant-test-1' })
  })

  test('is asked for with the agent it was pinned for, unless another is named', async () => {
    const entered = await enter()
    setOrder(entered, 'work', 'anthropic', ['anthropic:ANTHROPIC_API_KEY_2'])
    entered.execute({
      type: 'PinModel',
      session: 'chat-1' as SessionId,
      agent: 'work' as AgentId,
      model: 'anthropic/claude-opus-5',
      profileId: null,
    })
    await ask(entered, {}, { headers: { ...headers, 'x-traseai-agent': 'main' } })
    expect(seen(entered)).toMatchObject({ key: 'sk-ant-test-1', model: 'claude-opus-5' })
    await ask(entered, {}, { headers })
    expect(seen(entered)).toMatchObject({ key: 'sk-ant-test-2', model: 'claude-opus-5' })
  })

  test('keeps its credential, and nothing else, at a provider’s own paths', async () => {
    const entered = await enter()
    pin(entered, 'anthropic/claude-opus-5', 'anthropic:ANTHROPIC_API_KEY_2')
    await ask(entered, { model: 'claude-haiku' }, { headers, path: '/anthropic/v1/messages' })
    expect(seen(entered)).toMatchObject({ key: 'sk-ant-test-2', model: 'claude-haiku' })
    await ask(entered, { model: 'default' }, { headers, path: '/anthropic/v1/messages' })
    expect(seen(entered)).toMatchObject({ model: 'default' })
  })
})
