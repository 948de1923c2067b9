// The state of a chat at a terminal, and what each command does with it: the conversation, its session and its model.
import { TraseError } from '../../../errors.ts'
import type { Result } from '../../../protocol/contract.ts'
import type { Context } from '../../context.ts'
import { given } from '../../option-values.ts'
import { terminalWidth } from '../../streams.ts'
import { openAnswering } from './answering.ts'
import { type ChatPlace, newSession } from './chat-place.ts'
import {
  asUnanswered,
  type Conversation,
  isUnanswered,
  newConversation,
  withAnswer,
  withQuestion,
} from './conversation.ts'
import { type GatewayLink, openGatewayLink } from './gateway-link.ts'
import { modelInUse, type ModelInUse } from './model-in-use.ts'
import type { Screen } from './screen.ts'
import { helpLines, type SlashCommand } from './slash-commands.ts'
import { openTurns } from './turn.ts'

/** A method for each slash command but the one that leaves; each gets the whole line. All throw TraseError. */
export interface Chat extends Readonly<Record<Exclude<SlashCommand, 'quit'>, (line: string) => Promise<void>>> {
  /** Says what is in use. `model` is switched to before that. */
  begin(model: string | null): Promise<void>
  /** Asks a question. */
  say(text: string): Promise<void>
  /** Asks the last question again if it got no answer; false when there is none such. */
  retryUnanswered(): Promise<boolean>
  /** Stops the answer that comes just now. */
  stop(): void
  close(): Promise<void>
}

export function openChat(context: Context, screen: Screen, place: ChatPlace, system: string | null): Chat {
  const { host } = context
  const turns = openTurns(host, () => link)
  const link = openGatewayLink(context, (event) => turns.hear(event))
  const answering = openAnswering(host, screen, turns)
  let here = place
  let conversation = newConversation(system)
  let hasNamedFirst = false

  /** Asks what stands at the end of the conversation. */
  async function ask(asked: Conversation): Promise<void> {
    conversation = asked
    try {
      const inUse = await modelInUse(link, here)
      if (inUse.origin === 'first' && !hasNamedFirst) screen.aside(firstWords(inUse.model))
      hasNamedFirst = true
      const answer = await answering.ask(inUse, here, asked.messages)
      if (answer !== null) conversation = withAnswer(conversation, answer.text, answer.cut !== null)
    } catch (error) {
      throw withRetry(error)
    }
  }

  return {
    async begin(model) {
      if (model !== null) await command(link, here, screen, `/model ${model}`)
      const inUse = await chosenModel(link, here, screen)
      if (inUse !== null) greet(inUse, screen)
      hasNamedFirst = inUse !== null
      screen.gap()
    },
    say: (text) => ask(withQuestion(conversation, text)),
    async retryUnanswered() {
      if (!isUnanswered(conversation)) return false
      await ask(conversation)
      return true
    },
    async retry() {
      const asked = asUnanswered(conversation)
      if (asked === null) throw new TraseError('usage', 'nothing has been asked yet', { hint: 'type a question' })
      await ask(asked)
    },
    async model(line) {
      screen.say((await command(link, here, screen, line)).text)
    },
    async new() {
      const { pin } = await link.call('session.get', { session: here.session, ...given({ agent: here.agent }) })
      conversation = newConversation(system)
      here = { ...here, session: newSession(host) }
      screen.aside(`the conversation is forgotten; this is session ${here.session}`)
      // What a person chose is for the chat; the exclamation mark takes a name that no list has, as it was taken before.
      if (pin) await command(link, here, screen, `/model ${pin.model}${pin.profileId ? `@${pin.profileId}` : ''}!`)
      const inUse = await chosenModel(link, here, screen)
      if (inUse !== null) screen.aside(`the model is ${inUse.model}`)
    },
    async help() {
      screen.say(helpLines.join('\n'))
    },
    stop: () => answering.stop(),
    close: () => link.close(),
  }
}

function command(
  link: GatewayLink,
  place: ChatPlace,
  screen: Screen,
  text: string,
): Promise<Result<'session.command'>> {
  const { session, agent } = place
  const width = Math.min(500, Math.max(20, terminalWidth(screen.terminal) ?? 80))
  return link.call('session.command', { session, ...given({ agent }), text, width })
}

/** Null when one must be chosen first, and then the choices are shown. */
async function chosenModel(link: GatewayLink, place: ChatPlace, screen: Screen): Promise<ModelInUse | null> {
  try {
    return await modelInUse(link, place)
  } catch (error) {
    if (!(error instanceof TraseError) || error.code !== 'not_found') throw error
    screen.say((await command(link, place, screen, '/model')).text)
    return null
  }
}

function greet({ model, origin, view }: ModelInUse, screen: Screen): void {
  const by = view.next === null ? '' : `, served with ${view.next}`
  screen.aside(`${origin === 'first' ? firstWords(model) : `${model}${by}`}. /help lists the commands.`)
  if (view.problem !== undefined && origin !== 'first') screen.fail(view.problem)
}

function firstWords(model: string): string {
  return `no model is chosen, so this goes to ${model}; others: /model`
}

/** A failure that leaves the question unanswered says how to ask it again. */
function withRetry(error: unknown): unknown {
  if (!(error instanceof TraseError)) return error
  const again = 'Enter asks again'
  const hint = error.hint === undefined ? again : `${error.hint}\n${again}`
  return new TraseError(error.code, error.message, { hint, cause: error })
}
