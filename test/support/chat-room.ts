// A gateway with two keys, a stand-in for OpenAI whose answers a test chooses, and `chat` at pseudo-terminals.
import { answerRaw } from './provider-answers.ts'
import type { Behaviour } from './provider-behaviour.ts'
import { saying } from './chat-provider.ts'
import { cleanEnvironment, startGateway, type GatewayProcess } from './gateway-process.ts'
import { openProviderServer, type ProviderServer } from './provider-server.ts'
import { openPseudoTerminal, type PseudoTerminal } from './pseudo-terminal.ts'

export const firstKey = 'sk-test-0123456789abcdefAAAA'
export const secondKey = 'sk-test-0123456789abcdefBBBB'
export const withModel = ['--model', 'openai/gpt-5'] as const
/** The beginning of the line below an answer. */
export const served = 'openai:OPENAI_API_KEY · openai/gpt-5'
export const ctrlC = '\u0003'

export interface ChatRoom {
  readonly provider: ProviderServer
  readonly gateway: GatewayProcess
  /** What the model is asked with this key is answered like this, one after the other; its list of models is always there. */
  answer(key: string, ...behaviours: readonly Behaviour[]): void
  /** What was asked so far, each as its messages. */
  asked(): readonly Messages[]
  lastMessages(): Messages
  /** Begins a chat; resolves at its prompt. */
  begin(args?: readonly string[], options?: ChatOptions): Promise<PseudoTerminal>
  /** A terminal that `reset` closes. */
  keep(terminal: PseudoTerminal): PseudoTerminal
  /** Between two tests: every key answers, no terminal is open. */
  reset(): Promise<void>
  close(): Promise<void>
}

export type Messages = readonly { readonly role: string; readonly content: string }[]

export interface ChatOptions {
  readonly columns?: number
  readonly env?: Readonly<Record<string, string>>
}

const jsonHeaders = ['content-type', 'application/json']
const models = JSON.stringify({ object: 'list', data: [{ id: 'gpt-5' }, { id: 'gpt-5-mini' }] })

export async function openChatRoom(): Promise<ChatRoom> {
  const provider = await openProviderServer()
  const gateway = await startGateway({
    env: { OPENAI_API_KEY: firstKey, OPENAI_API_KEY_2: secondKey },
    configuration: { models: { providers: { openai: { baseUrl: provider.url } } } },
  })
  let open: PseudoTerminal[] = []

  function answer(key: string, ...behaviours: readonly Behaviour[]): void {
    const left = [...behaviours]
    provider.behave(key, (request, response) => {
      if (request.method === 'GET') return answerRaw(200, jsonHeaders, models)(request, response)
      const behaviour = left.length > 1 ? left.shift() : left[0]
      behaviour?.(request, response)
    })
  }

  function keep(terminal: PseudoTerminal): PseudoTerminal {
    open.push(terminal)
    return terminal
  }

  function asked(): readonly Messages[] {
    const questions = provider.received.filter(({ method }) => method === 'POST')
    return questions.map(({ body }) => (JSON.parse(body.toString()) as { messages: Messages }).messages)
  }

  return {
    provider,
    gateway,
    answer,
    asked,
    lastMessages: () => asked().at(-1) ?? [],
    keep,
    async begin(args = withModel, { columns = 80, env = {} } = {}) {
      const terminal = openPseudoTerminal(['--no-start', 'chat', ...args], {
        env: cleanEnvironment(gateway.home, { TERM: 'xterm-256color', ...env }),
        cwd: gateway.home,
        columns,
      })
      keep(terminal)
      await terminal.shows('/help lists the commands. >')
      return terminal
    },
    async reset() {
      for (const terminal of open) terminal.kill('SIGKILL')
      open = []
      answer(firstKey, saying('Fine.'))
      answer(secondKey, saying('Fine, too.'))
      await gateway.client.call('cooldowns.clear', {})
    },
    async close() {
      for (const terminal of open) terminal.kill('SIGKILL')
      await gateway.stop()
      await provider.close()
    },
  }
}

/** Types a line, and Enter in a write of its own, as a keyboard does. */
export function typeLine(terminal: PseudoTerminal, text: string): void {
  terminal.type(text)
  setImmediate(() => terminal.type('\r'))
}

export const screenOf = (terminal: PseudoTerminal): string => terminal.rows().join('\n').trimEnd()
