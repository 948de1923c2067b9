// `onboard` as a person meets it: in a terminal, as plain lines, and interrupted at every question.
import { spawn } from 'node:child_process'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cleanEnvironment, programPath } from '../support/gateway-process.ts'
import { answerError } from '../support/provider-answers.ts'
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts'
import { openPseudoTerminal, type PseudoTerminal } from '../support/pseudo-terminal.ts'
import { keyOf, leakOf, openUserHome, settingsOf, type UserHome } from './other-tools.ts'
import { startWithCli, type CliWithGateway } from './with-gateway.ts'

let cli: CliWithGateway
let user: UserHome
let provider: ProviderServer
const keys = { codex: keyOf.openai('CDX1'), opencode: keyOf.groq('OPC1'), typed: keyOf.anthropic('TYP1') }

beforeEach(async () => {
  provider = await openProviderServer()
  const baseUrl = provider.url
  const providers = Object.fromEntries(['anthropic', 'openai', 'groq'].map((id) => [id, { baseUrl }]))
  cli = await startWithCli({ configuration: { models: { providers } } })
  user = openUserHome()
  await user.put('.codex/auth.json', { OPENAI_API_KEY: keys.codex })
  await user.put('.local/share/opencode/auth.json', { groq: { type: 'api', key: keys.opencode } })
})
afterEach(async () => {
  await cli.gateway.stop()
  await user.remove()
  await provider.close()
})

/** Without a `claude`. */
const environment = (env: Readonly<Record<string, string>> = {}): Record<string, string> =>
  cleanEnvironment(cli.gateway.home, { HOME: user.path, PATH: user.path, ...env })

function open(args: readonly string[] = [], { env = {}, columns = 80 } = {}): PseudoTerminal {
  return openPseudoTerminal(['--no-start', 'onboard', ...args], { env: environment(env), cwd: user.path, columns })
}

const enter = '\r'
const down = '\u001b[B'
const interrupt = '\u0003'

const stored = async (): Promise<readonly string[]> => {
  const list = await cli.gateway.client.call('credentials.list', {})
  return list.map(({ profileId, last4 }) => `${profileId} ${last4}`)
}

interface Exchange {
  readonly question: string
  readonly answer: string
}

/** The way through all questions: one found key is left out, one is typed. */
const drawn: readonly Exchange[] = [
  { question: 'Which of these keys should the gateway take?', answer: `${down} ${enter}` },
  { question: 'Type or paste a key?', answer: `y${enter}` },
  { question: 'Whose key is it?', answer: enter },
  { question: 'Key of Anthropic (not shown):', answer: `${keys.typed}${enter}` },
  { question: 'Another key?', answer: enter },
  { question: 'Where should they be kept?', answer: enter },
  { question: 'Which model is the default?', answer: `${down}${enter}` },
  { question: 'Go ahead?', answer: enter },
]
const plain: readonly Exchange[] = [
  { question: 'Numbers, "all" or "none" [all]:', answer: '1\r' },
  { question: 'Type or paste a key? (yes or no) [no]:', answer: 'yes\r' },
  { question: 'Number [1]:', answer: '\r' },
  { question: 'Key of Anthropic (not shown):', answer: `${keys.typed}\r` },
  { question: 'Another key? (yes or no) [no]:', answer: '\r' },
  { question: 'Where should they be kept?', answer: '1\r' },
  { question: 'Which model is the default?', answer: '2\r' },
  { question: 'Go ahead? (yes or no) [yes]:', answer: 'y\r' },
]

async function answer(terminal: PseudoTerminal, exchanges: readonly Exchange[]): Promise<void> {
  for (const { question, answer: text } of exchanges) {
    await terminal.shows(question)
    terminal.type(text)
  }
}

const modes = [
  { mode: 'drawn', exchanges: drawn, env: {} },
  { mode: 'plain', exchanges: plain, env: { TERM: 'dumb' } },
]

describe.each(modes)('onboard in a terminal, $mode', ({ mode, exchanges, env }) => {
  it.each([80, 40])(
    'stores what was chosen and typed, tries it, and sets the default model (%i columns)',
    async (columns) => {
      const terminal = open([], { env, columns })
      await answer(terminal, exchanges)
      expect(await terminal.ended).toBe(0)
      await terminal.shows('stored openai:codex')
      await terminal.shows('anthropic:api-key: works')
      await terminal.shows('traseai exec -- YOUR-PROGRAM')
      expect(await stored()).toEqual(['anthropic:api-key TYP1', 'openai:codex CDX1'])
      expect((await settingsOf(cli.gateway.home)).get('traseai.json')).toMatch(/"default": ?"(anthropic|openai)\//)
      expect(leakOf(terminal.written(), Object.values(keys))).toBeNull()
    },
  )

  it.each(exchanges.map(({ question }, index) => [question, index] as const))(
    'Ctrl-C at %j leaves everything as it was',
    async (question, index) => {
      const before = { settings: await settingsOf(cli.gateway.home), tools: await user.snapshot() }
      const terminal = open([], { env })
      await answer(terminal, exchanges.slice(0, index))
      await terminal.shows(question)
      terminal.type(interrupt)
      expect(await terminal.ended).toBe(130)
      await terminal.shows('stopped: nothing was changed')
      const { events } = await cli.gateway.client.call('audit.log', {})
      expect(events.map(({ type }) => type)).toEqual(['GatewayStarted'])
      expect({ settings: await settingsOf(cli.gateway.home), tools: await user.snapshot() }).toEqual(before)
    },
  )

  it('no at the confirmation changes nothing', async () => {
    const terminal = open([], { env })
    await answer(terminal, exchanges.slice(0, -1))
    await terminal.shows('Go ahead?')
    terminal.type(mode === 'drawn' ? `n${enter}` : 'no\r')
    expect(await terminal.ended).toBe(0)
    await terminal.shows('Nothing was changed.')
    expect(await stored()).toEqual([])
  })

  it('a second run shows what is there, and has nothing to do', async () => {
    await cli.runWith({ env: { HOME: user.path } }, 'onboard', '--non-interactive', '--import', 'all')
    const { eventCount } = await cli.gateway.client.call('gateway.status', {})
    const terminal = open([], { env })
    await terminal.shows('Type or paste a key?')
    await terminal.shows(`openai:codex ${mode === 'drawn' ? '…' : '...'}CDX1: ready`)
    terminal.type(mode === 'drawn' ? enter : '\r')
    await terminal.shows('Which model is the default?')
    terminal.type(mode === 'drawn' ? enter : '\r')
    expect(await terminal.ended).toBe(0)
    expect((await cli.gateway.client.call('gateway.status', {})).eventCount).toBe(eventCount)
  })
})

describe('onboard', () => {
  it('asks for a key when nothing was found: Enter leads on, and not to the end', async () => {
    const empty = openUserHome()
    const terminal = open([], { env: { HOME: empty.path, TERM: 'dumb' } })
    await answer(terminal, [
      { question: 'Type or paste a key? (yes or no) [yes]:', answer: '\r' },
      { question: 'Number [1]:', answer: '\r' },
      { question: 'Key of Anthropic (not shown):', answer: `${keys.typed}\r` },
      { question: 'Another key? (yes or no) [no]:', answer: '\r' },
      { question: 'Where should they be kept?', answer: interrupt },
    ])
    expect(await terminal.ended).toBe(130)
    await empty.remove()
  })

  it('says which key its provider does not take, without failing', async () => {
    provider.behave(keys.codex, answerError(401))
    const terminal = open()
    await terminal.shows('Which of these keys')
    terminal.type(enter)
    await terminal.shows('Type or paste a key?')
    terminal.type(enter)
    await terminal.shows('Where should they be kept?')
    terminal.type(enter)
    await terminal.shows('Which model')
    terminal.type(enter)
    await terminal.shows('Go ahead?')
    terminal.type(enter)
    await terminal.shows('openai:codex: the provider does not take it')
    expect(await terminal.ended).toBe(0)
  })

  it('a key that cannot be one is asked for again, and not shown', async () => {
    const terminal = open([], { env: { TERM: 'dumb' } })
    await answer(terminal, plain.slice(0, 3))
    await terminal.shows('(not shown):')
    terminal.type(`${keys.typed.slice(0, 60)}\r`)
    await terminal.shows('cut short')
    terminal.type(interrupt)
    expect(await terminal.ended).toBe(130)
    expect(leakOf(terminal.written(), [keys.typed])).toBeNull()
  })

  it('plain lines are ASCII without any escape code, and fit 40 columns', async () => {
    const terminal = open(['--plain'], { columns: 40 })
    await answer(terminal, plain)
    expect(await terminal.ended).toBe(0)
    expect(terminal.written().replaceAll('\r\n', '\n')).toMatch(/^[\n\x20-\x7e]*$/)
  })

  it('is drawn without colours when nobody wants them', async () => {
    const terminal = open([], { env: { NO_COLOR: '1' } })
    await answer(terminal, drawn.slice(0, 1))
    await terminal.shows('Type or paste a key?')
    terminal.type(interrupt)
    await terminal.ended
    expect(terminal.written()).not.toMatch(/\u001b\[[\d;]*m/)
  })

  it('a signal from elsewhere is like Ctrl-C', async () => {
    const terminal = open()
    await terminal.shows('Which of these keys')
    terminal.kill('SIGINT')
    expect(await terminal.ended).toBe(130)
    expect(await stored()).toEqual([])
  })

  it('--plain takes answers from a pipe, and its end is a no', async () => {
    const run = async (input: string): Promise<number | null> => {
      const child = spawn(process.execPath, [programPath, '--no-start', 'onboard', '--plain'], { env: environment() })
      child.stdin.end(input)
      child.stderr.resume()
      return new Promise((resolve) => child.on('exit', resolve))
    }
    expect(await run('all\nno\n1\n1\n')).toBe(130)
    expect(await stored()).toEqual([])
    expect(await run('2\nno\n1\n1\nyes\n')).toBe(0)
    expect(await stored()).toEqual(['groq:opencode OPC1'])
  })

  it('offers claude setup-token where claude is installed', async () => {
    await user.put('claude', '#!/bin/sh\nexit 1\n')
    await chmod(join(user.path, 'claude'), 0o755)
    const terminal = open([], { env: { TERM: 'dumb' } })
    await answer(
      terminal,
      [plain[0], { question: 'Type or paste a key?', answer: '\r' }].flatMap((entry) => entry ?? []),
    )
    await terminal.shows('Where should they be kept?')
    terminal.type('\r')
    await terminal.shows('Sign in with a Claude subscription?')
    terminal.type(interrupt)
    expect(await terminal.ended).toBe(130)
  })
})
