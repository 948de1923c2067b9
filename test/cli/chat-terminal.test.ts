// `chat` at a real terminal: answers, keys that are refused, and commands, against the real gateway.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { heldAnswer, saying } from '../support/chat-provider.ts'
import {
  type ChatRoom,
  ctrlC,
  firstKey,
  openChatRoom,
  screenOf,
  secondKey,
  served,
  typeLine,
} from '../support/chat-room.ts'
import { answerError, answerLimitedInStream, answerRateLimited } from '../support/provider-answers.ts'
import { until } from '../support/until.ts'

let room: ChatRoom
beforeAll(async () => void (room = await openChatRoom()))
beforeEach(() => room.reset())
afterAll(() => room.close())

describe('an answer', () => {
  it('that meets a limit in the middle says so', async () => {
    room.answer(firstKey, answerLimitedInStream({ afterContent: true }))
    const chat = await room.begin()
    typeLine(chat, 'hello')
    await chat.shows('the answer broke off: openai limits the rate of openai:OPENAI_API_KEY')
  })

  it('without a word says so', async () => {
    room.answer(firstKey, saying(''))
    const chat = await room.begin()
    typeLine(chat, 'hello')
    await chat.shows('an empty answer')
  })

  it('is shown while it comes, and then who served it', async () => {
    const held = heldAnswer()
    room.answer(firstKey, held.behaviour, saying('Fine.'))
    const chat = await room.begin()
    typeLine(chat, 'hello')
    await held.say('Good ')
    await chat.shows('Good')
    expect(screenOf(chat)).not.toContain(served)
    await held.say('day.')
    await held.finish({ input: 12, output: 345 })
    await chat.shows(`Good day. ${served} · 12 in, 345 out · first`)
    typeLine(chat, 'and now?')
    await chat.shows('Fine.')
    expect(room.lastMessages()).toEqual([
      { role: 'user', content: 'hello' },
      { role: 'assistant', content: 'Good day.' },
      { role: 'user', content: 'and now?' },
    ])
  })

  it('is stopped by Ctrl-C: the provider sees it, what came is kept, and the next message works', async () => {
    const held = heldAnswer()
    room.answer(firstKey, held.behaviour, saying('Fine.'))
    const chat = await room.begin()
    typeLine(chat, 'tell me everything')
    await held.say('Once upon')
    await chat.shows('Once upon')
    chat.type(ctrlC)
    await held.abandoned
    await chat.shows(`stopped · ${served}`)
    typeLine(chat, 'shorter')
    await chat.shows('Fine.')
    expect(room.lastMessages()[1]).toEqual({ role: 'assistant', content: 'Once upon\n[this answer was cut off here]' })
  })

  it('that is stopped before it begins is asked for again with Enter', async () => {
    room.answer(firstKey, heldAnswer().behaviour, saying('Here I am.'))
    const chat = await room.begin()
    const before = room.asked().length
    typeLine(chat, 'are you there')
    await until(() => room.asked().length > before)
    chat.type(ctrlC)
    await chat.shows('stopped; Enter asks again')
    chat.type('\r')
    await chat.shows('Here I am.')
    expect(room.lastMessages()).toEqual([{ role: 'user', content: 'are you there' }])
  })

  it('cannot drive the terminal', async () => {
    room.answer(firstKey, saying('safe \u001b]0;title\u0007\u001b[31mred\u009b2J\r\nsecond\tline'))
    const chat = await room.begin()
    typeLine(chat, 'hi')
    await chat.shows(served)
    expect(screenOf(chat)).toContain('safe \\x1b]0;title\\x07\\x1b[31mred\\x9b2J\nsecond')
    expect(chat.written()).not.toContain('\u001b[31m')
  })

  it('comes from the credential that /model pins', async () => {
    const chat = await room.begin()
    typeLine(chat, '/model openai/gpt-5@OPENAI_API_KEY_2')
    await chat.shows('switched to openai/gpt-5, with openai:OPENAI_API_KEY_2 pinned')
    typeLine(chat, 'who are you')
    await chat.shows('Fine, too.')
    expect(room.provider.keys().at(-1)).toBe(secondKey)
    typeLine(chat, '/model status')
    await chat.shows('openai:OPENAI_API_KEY_2 (pinned)')
  })
})

describe('when a key is refused', () => {
  it('the next one serves, and the person sees why it took longer', async () => {
    room.answer(firstKey, answerRateLimited({ reset: 'retry-after', seconds: 60 }))
    const chat = await room.begin()
    typeLine(chat, 'hi')
    await chat.shows('Fine, too.')
    await chat.shows('2 attempts')
    await chat.shows('openai:OPENAI_API_KEY is rate limited: for 1m')
  })

  it('and all are, it says when the first is due, and Enter asks again', async () => {
    room.answer(firstKey, answerRateLimited({ reset: 'retry-after', seconds: 60 }))
    room.answer(secondKey, answerRateLimited({ reset: 'retry-after', seconds: 60 }))
    const chat = await room.begin()
    typeLine(chat, 'hi')
    await chat.shows('openai limits the rate of')
    await chat.shows('every credential is cooling; the first is due in')
    await chat.shows('Enter asks again')
    room.answer(firstKey, saying('Back again.'))
    await room.gateway.client.call('cooldowns.clear', {})
    chat.type('\r')
    await chat.shows('Back again.')
  })

  it('the conversation goes on after any error', async () => {
    room.answer(firstKey, answerError(400), saying('Better.'))
    const chat = await room.begin()
    typeLine(chat, 'oops')
    await chat.shows('openai does not take the request: failure 400')
    typeLine(chat, 'sorry')
    await chat.shows('Better.')
    expect(room.lastMessages()).toEqual([{ role: 'user', content: 'sorry' }])
  })
})

describe('commands', () => {
  it('/new forgets the conversation, and says so', async () => {
    const chat = await room.begin()
    typeLine(chat, 'remember me')
    await chat.shows(served)
    typeLine(chat, '/new')
    await chat.shows('the conversation is forgotten; this is session chat-')
    const before = room.asked().length
    typeLine(chat, 'who am I')
    await until(() => room.asked().length > before)
    expect(room.lastMessages()).toEqual([{ role: 'user', content: 'who am I' }])
  })

  it('/new goes on with the model and the credential that were chosen', async () => {
    const chat = await room.begin(['--model', 'openai/gpt-5-mini@OPENAI_API_KEY_2'])
    typeLine(chat, '/new')
    await chat.shows('the model is openai/gpt-5-mini')
    typeLine(chat, 'hello')
    await chat.shows('openai:OPENAI_API_KEY_2 · openai/gpt-5-mini')
  })

  it('that do not exist are not sent, and two slashes begin a message with one', async () => {
    const chat = await room.begin()
    const before = room.asked().length
    typeLine(chat, '/modle list')
    await chat.shows('there is no command "/modle"')
    await chat.shows('did you mean /model?')
    typeLine(chat, '/quit now')
    await chat.shows('/quit takes nothing more')
    typeLine(chat, '//etc/hosts is a file')
    await chat.shows('Fine.')
    expect(room.asked()).toHaveLength(before + 1)
    expect(room.lastMessages()).toEqual([{ role: 'user', content: '/etc/hosts is a file' }])
  })

  it('/help lists them, Tab completes them, and /quit leaves', async () => {
    const chat = await room.begin()
    typeLine(chat, '/he\t')
    await chat.shows('/retry asks the last question again')
    typeLine(chat, '/quit')
    expect(await chat.ended).toBe(0)
  })

  it('/retry asks the last question once more', async () => {
    room.answer(firstKey, saying('One.'), saying('Two.'))
    const chat = await room.begin()
    typeLine(chat, 'give me another')
    await chat.shows('One.')
    await chat.shows(served)
    typeLine(chat, '/retry')
    await chat.shows('Two.')
    expect(room.lastMessages()).toEqual([{ role: 'user', content: 'give me another' }])
  })
})
