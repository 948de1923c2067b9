// What was said in a chat, as the next request sends it: in memory alone, and no longer than it may be. Pure.
import { TraseError } from '../../../errors.ts'

export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

export interface Conversation {
  readonly messages: readonly Message[]
}

/** All messages together: more than any model reads, and less than the gateway keeps for another try. */
export const conversationBytesMax = 4_194_304

/** Tells the model that there was no more of its answer. */
const cutMark = '\n[this answer was cut off here]'

export function newConversation(system: string | null): Conversation {
  return { messages: system === null ? [] : [{ role: 'system', content: system }] }
}

/**
 * With a question at its end, in place of one that got no answer.
 * @throws TraseError `limit_reached` when it would be longer than 4 MiB
 */
export function withQuestion(conversation: Conversation, text: string): Conversation {
  const { messages } = conversation
  const kept = isUnanswered(conversation) ? messages.slice(0, -1) : messages
  const asked: readonly Message[] = [...kept, { role: 'user', content: text }]
  if (bytesOf(asked) > conversationBytesMax) {
    const [what, hint] =
      kept.length > 1
        ? ['the conversation would have', 'begin a new one: /new']
        : ['the message has', 'send a part of it']
    throw new TraseError('limit_reached', `${what} more than ${conversationBytesMax} bytes`, { hint })
  }
  return { messages: asked }
}

/** With the answer to its last question. */
export function withAnswer({ messages }: Conversation, text: string, isCut: boolean): Conversation {
  return { messages: [...messages, { role: 'assistant', content: isCut ? text + cutMark : text }] }
}

/** Ready to ask its last question again; null when there was none. */
export function asUnanswered({ messages }: Conversation): Conversation | null {
  const last = messages.findLastIndex(({ role }) => role === 'user')
  return last < 0 ? null : { messages: messages.slice(0, last + 1) }
}

export function isUnanswered({ messages }: Conversation): boolean {
  return messages.at(-1)?.role === 'user'
}

function bytesOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0)
}
