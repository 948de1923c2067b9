// A chat at a terminal: reads what a person types, runs the commands, and shows the answers.
import { messageOf, TraseError } from '../../../errors.ts'
import type { Context } from '../../context.ts'
import { exitStatus } from '../../exit-status.ts'
import type { ChatOptions } from '../../interactive-bundle.ts'
import type { ChatPlace } from './chat-place.ts'
import { type Chat, openChat } from './chat.ts'
import { openLineInput } from '../line-editor/line-input.ts'
import { openPlainInput } from '../line-editor/plain-input.ts'
import { openScreen, type Screen } from './screen.ts'
import { completeCommand, readLine } from './slash-commands.ts'
import type { MessageInput } from '../line-editor/typed.ts'

const prompt = '> '

/** Signals that end it, with what shells say of a program that they ended. */
const endings = { SIGTERM: 143, SIGHUP: 129 } as const

/**
 * @param options with `system` as its text
 * @returns 0 when it was left, 130 when it was left with Ctrl-C
 * @throws TraseError what keeps it from beginning
 */
export async function runDialogue(context: Context, place: ChatPlace, options: ChatOptions): Promise<number> {
  const { host, io } = context
  const screen = openScreen(io, host.env)
  const chat = openChat(context, screen, place, options.system ?? null)
  let status: number = exitStatus.ok
  try {
    // Before anything is drawn: without a gateway there is nothing to type.
    await chat.begin(options.model ?? null)
    const input = openInput(context, screen)
    const stops = [
      host.onSignal('SIGINT', () => input.interrupt()),
      ...(['SIGTERM', 'SIGHUP'] as const).map((signal) =>
        host.onSignal(signal, () => {
          status = endings[signal]
          chat.stop()
          input.close()
        }),
      ),
    ]
    input.onInterrupt(() => chat.stop())
    try {
      const left = await converse(input, screen, chat)
      if (status === exitStatus.ok) status = left
    } finally {
      input.close()
      for (const stop of stops) stop()
    }
  } finally {
    await chat.close()
  }
  return status
}

function openInput({ host, io }: Context, { terminal }: Screen): MessageInput {
  const { stdin } = io
  const isPlain = io.isPlain || terminal.isTTY !== true || stdin.setRawMode === undefined
  return isPlain ? openPlainInput(stdin, terminal) : openLineInput({ host, stdin, terminal, complete: completeCommand })
}

/** @returns the exit status */
async function converse(input: MessageInput, screen: Screen, chat: Chat): Promise<number> {
  let wasInterrupted = false
  for (;;) {
    const typed = await input.read(prompt)
    if (typed.kind === 'end') return exitStatus.ok
    if (typed.kind === 'interrupt') {
      if (wasInterrupted) return exitStatus.interrupted
      screen.aside('Ctrl-C once more leaves; so do Ctrl-D and /quit')
      wasInterrupted = true
      continue
    }
    wasInterrupted = false
    try {
      const came = await obey(typed.text, chat)
      if (came === 'left') return exitStatus.ok
      if (came === 'nothing') continue
    } catch (error) {
      if (!(error instanceof TraseError)) throw error
      tell(screen, error)
    }
    screen.gap()
  }
}

async function obey(text: string, chat: Chat): Promise<'left' | 'done' | 'nothing'> {
  const line = readLine(text)
  if (line.kind === 'empty') return (await chat.retryUnanswered()) ? 'done' : 'nothing'
  if (line.kind === 'message') await chat.say(line.text)
  else if (line.name === 'quit') return 'left'
  else await chat[line.name](line.text)
  return 'done'
}

function tell(screen: Screen, error: TraseError): void {
  screen.fail(messageOf(error))
  if (error.hint !== undefined) screen.aside(error.hint)
}
