// `chat` from its options to its exit status: a dialogue at a terminal, one message through a pipe.
import { parseAgentId, parseSessionId } from '../../../domain/ids.ts'
import { TraseError } from '../../../errors.ts'
import { readWarily } from '../../../read-warily.ts'
import type { Context } from '../../context.ts'
import type { ChatOptions } from '../../interactive-bundle.ts'
import { type ChatPlace, newSession } from './chat-place.ts'
import { conversationBytesMax } from './conversation.ts'
import { runDialogue } from './dialogue.ts'
import { runOneMessage } from './one-message.ts'

/** @throws TraseError what keeps it from beginning, and in a pipe what became of the request */
export async function runChat(context: Context, options: ChatOptions): Promise<number> {
  const { io } = context
  const { session, agent } = options
  const isDialogue = io.stdin.isTTY === true
  if (isDialogue && io.json) {
    throw new TraseError('usage', 'a dialogue has no JSON', { hint: 'echo "your question" | traseai chat --json' })
  }
  const place: ChatPlace = {
    session: session === undefined ? newSession(context.host) : parseSessionId(session),
    agent: agent === undefined ? undefined : parseAgentId(agent),
  }
  const given = { ...options, system: await systemText(options) }
  return isDialogue ? runDialogue(context, place, given) : runOneMessage(context, place, given)
}

async function systemText({ system, systemFile }: ChatOptions): Promise<string | undefined> {
  if (systemFile === undefined) return system
  const file = await readWarily(systemFile, conversationBytesMax)
  if (file.kind === 'file') return file.bytes.toString('utf8').trim()
  const why = { missing: 'there is no such file', directory: 'it is a directory', special: 'it is no file' } as const
  const reason =
    file.kind === 'failed'
      ? file.error.message
      : file.kind === 'too_large' || file.kind === 'growing'
        ? `it has more than ${conversationBytesMax} bytes`
        : why[file.kind]
  throw new TraseError('file_unreadable', `${systemFile} cannot be read: ${reason}`)
}
