// `chat` at a real terminal: what is typed, how it is left, and terminals and gateways that are not as usual.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { heldAnswer, saying } from '../support/chat-provider.ts'
import {
  type ChatRoom,
  ctrlC,
  firstKey,
  openChatRoom,
  screenOf,
  served,
  typeLine,
  withModel,
} from '../support/chat-room.ts'
import { cleanEnvironment, startGateway } from '../support/gateway-process.ts'
import { openPseudoTerminal } from '../support/pseudo-terminal.ts'
import { until } from '../support/until.ts'

let room: ChatRoom
beforeAll(async () => void (room = await openChatRoom()))
beforeEach(() => room.reset())
afterAll(() => room.close())

describe('typing', () => {
  it('a paste of several lines is one message', async () => {
    const chat = await room.begin()
    chat.type('\u001b[200~one\rtwo\r\rfour\u001b[201~')
    await chat.shows('four')
    chat.type('\r')
    await chat.shows(served)
    expect(room.lastMessages()).toEqual([{ role: 'user', content: 'one\ntwo\n\nfour' }])
  })

  it('long lines with wide characters are whole at 40 columns, and after the window has changed', async () => {
    const chat = await room.begin(withModel, { columns: 40 })
    const text = 'The quick brown fox 日本語のテキスト jumps over the lazy dog'
    chat.type(text)
    await chat.shows(text)
    chat.type('\u0001>>')
    await chat.shows(`> >>${text}`)
    chat.resize(70)
    await until(() => screenOf(chat).includes(`> >>${text.slice(0, 30)}`))
    await chat.shows(`/help lists the commands. > >>${text}`)
    chat.resize(30)
    await chat.shows(text)
    chat.type('\u0005!')
    await chat.shows(`${text}!`)
    chat.type('\r')
    await chat.shows('Fine.')
    expect(room.lastMessages()).toEqual([{ role: 'user', content: `>>${text}!` }])
  })

  it('Ctrl-Z, where no shell could wake it up again, does no harm', async () => {
    const chat = await room.begin()
    chat.type('still \u001a')
    await until(() => chat.written().split('\u001b[?2004h').length === 3)
    typeLine(chat, 'here')
    await chat.shows(served)
    expect(room.lastMessages()).toEqual([{ role: 'user', content: 'still here' }])
  })

  it('what is typed while an answer comes waits for its end', async () => {
    const held = heldAnswer()
    room.answer(firstKey, held.behaviour, saying('Second answer.'))
    const chat = await room.begin()
    typeLine(chat, 'one')
    await held.say('First answer.')
    await chat.shows('First answer.')
    typeLine(chat, 'two')
    await held.finish()
    await chat.shows('> two Second answer.')
  })
})

describe('leaving', () => {
  it('Ctrl-C with nothing typed says how, and once more leaves with 130', async () => {
    const chat = await room.begin()
    chat.type('half')
    await chat.shows('half')
    chat.type(ctrlC)
    await until(() => !screenOf(chat).includes('half'))
    chat.type(ctrlC)
    await chat.shows('Ctrl-C once more leaves; so do Ctrl-D and /quit')
    chat.type(ctrlC)
    expect(await chat.ended).toBe(130)
    expect(chat.written().endsWith('\u001b[?2004l')).toBe(true)
  })

  it('Ctrl-D leaves with 0, and the token is revoked', async () => {
    const chat = await room.begin()
    typeLine(chat, 'hi')
    await chat.shows(served)
    expect(await room.gateway.client.call('clients.list', {})).toHaveLength(1)
    chat.type('\u0004')
    expect(await chat.ended).toBe(0)
    expect(await room.gateway.client.call('clients.list', {})).toEqual([])
  })

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('%s in the middle of an answer gives the provider and the terminal back', async (signal, status) => {
    const held = heldAnswer()
    room.answer(firstKey, held.behaviour)
    const chat = await room.begin()
    typeLine(chat, 'hi')
    await held.say('Well')
    await chat.shows('Well')
    chat.kill(signal)
    await held.abandoned
    expect(await chat.ended).toBe(status)
    expect(chat.written()).toContain('\u001b[?2004l')
  })
})

describe('without the usual', () => {
  it('a terminal that understands nothing gets plain lines', async () => {
    const chat = await room.begin(withModel, { env: { TERM: 'dumb' } })
    typeLine(chat, 'one\\')
    await chat.shows('> one\\ .')
    typeLine(chat, 'two')
    await chat.shows(served)
    expect(room.lastMessages()).toEqual([{ role: 'user', content: 'one\ntwo' }])
    chat.type(ctrlC)
    await chat.shows('Ctrl-C once more leaves')
    chat.type('\u0004')
    expect(await chat.ended).toBe(0)
    expect(chat.written()).not.toContain('\u001b')
  })

  it('NO_COLOR has no colours', async () => {
    const chat = await room.begin(withModel, { env: { NO_COLOR: '1' } })
    typeLine(chat, 'hi')
    await chat.shows(served)
    expect(chat.written()).not.toMatch(/\u001b\[[\d;]*m/)
  })

  it('a chosen withModel, it begins with one and says so', async () => {
    const chat = await room.begin([])
    await chat.shows('no model is chosen, so this goes to openai/gpt-5; others: /model')
  })

  it('a gateway it does not begin; one that was restarted meanwhile serves on', async () => {
    const own = await startGateway({
      env: { OPENAI_API_KEY: firstKey },
      configuration: { models: { providers: { openai: { baseUrl: room.provider.url } } } },
    })
    const chat = openPseudoTerminal(['--no-start', 'chat', ...withModel], {
      env: cleanEnvironment(own.home),
      cwd: own.home,
    })
    room.keep(chat)
    await chat.shows('/help lists')
    typeLine(chat, 'one')
    await chat.shows(served)
    await own.kill9()
    typeLine(chat, 'two')
    await chat.shows('no gateway answers')
    await chat.shows('Enter asks again')
    const again = await startGateway({ home: own.home, env: { OPENAI_API_KEY: firstKey } })
    room.answer(firstKey, saying('After all.'))
    chat.type('\r')
    await chat.shows('After all.')
    expect(room.lastMessages().map(({ content }) => content)).toEqual(['one', 'Fine.', 'two'])
    await again.stop()
    const refused = openPseudoTerminal(['--no-start', 'chat'], { env: cleanEnvironment(own.home), cwd: '/' })
    expect(await refused.ended).toBe(69)
    await own.removeHome()
  })
})
