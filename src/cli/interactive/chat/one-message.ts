// A chat through a pipe: all of standard input is one message, and standard output gets the answer and nothing else.
import { TraseError } from '../../../errors.ts'
import type { Context } from '../../context.ts'
import type { ChatOptions } from '../../interactive-bundle.ts'
import { type Input, terminalWidth } from '../../streams.ts'
import type { Answer } from './ask-model.ts'
import type { ChatPlace } from './chat-place.ts'
import { conversationBytesMax, newConversation, withQuestion } from './conversation.ts'
import { openGatewayLink } from './gateway-link.ts'
import { modelInUse } from './model-in-use.ts'
import { openScreen } from './screen.ts'
import { servedLine } from './served-line.ts'
import { openTurns } from './turn.ts'

/**
 * @param options with `system` as its text
 * @throws TraseError what became of the request; `usage` for no message, `value_refused` for one that is no text
 */
export async function runOneMessage(context: Context, place: ChatPlace, options: ChatOptions): Promise<number> {
  const { host, io } = context
  const text = await readMessage(io.stdin)
  const { messages } = withQuestion(newConversation(options.system ?? null), text)
  const turns = openTurns(host, () => link)
  const link = openGatewayLink(context, (event) => turns.hear(event))
  const screen = openScreen(io, host.env)
  try {
    const model = options.model ?? (await chosenModel())
    const answer = await turns.ask({
      model,
      place,
      // A session of its own for each message would only push those of others out of the gateway's memory.
      inSession: options.session !== undefined,
      messages,
      signal: new AbortController().signal, // Ctrl-C ends the process, and so the request
      piece: (piece) => (io.json ? undefined : screen.piece(piece)),
      thinks: () => undefined,
      ended: () => (io.json ? undefined : endAnswer(io.stdout.isTTY === true)),
      news: (news) => io.note(`note: ${news}`),
    })
    if (answer === null) throw new TraseError('internal', 'the answer was stopped by nobody')
    if (answer.cut instanceof TraseError) throw answer.cut
    if (io.json) io.print(asJson(answer, model), () => '')
    else io.note(servedLine(answer, model, terminalWidth(io.stderr)))
    return 0
  } finally {
    await link.close()
  }

  async function chosenModel(): Promise<string> {
    const { model, origin } = await modelInUse(link, place)
    if (origin === 'first')
      io.note(`note: no model is chosen, so this goes to ${model}; to choose: traseai models set MODEL`)
    return model
  }

  /** A program gets the exact text and one newline; for people an answer that ends with one is enough. */
  function endAnswer(isTerminal: boolean): void {
    if (isTerminal) screen.endAnswer()
    else io.write('\n')
  }
}

async function readMessage(stdin: Input): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stdin) {
    const buffer = Buffer.from(chunk)
    bytes += buffer.length
    if (bytes > conversationBytesMax) {
      throw new TraseError('limit_reached', `standard input holds more than ${conversationBytesMax} bytes`, {
        hint: 'send a part of it',
      })
    }
    chunks.push(buffer)
  }
  const text = decoded(Buffer.concat(chunks)).replace(/(?:\r?\n)+$/, '')
  if (text.trim() !== '') return text
  throw new TraseError('usage', 'standard input holds no message', { hint: 'echo "your question" | traseai chat' })
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new TraseError('value_refused', 'standard input is not UTF-8 text', { hint: 'send text alone', cause })
  }
}

function asJson({ text, head, usage, finish, firstTextMs, totalMs }: Answer, model: string): object {
  return {
    text,
    model,
    profileId: head.profileId,
    attempts: head.attempts,
    paidFallback: head.fallback !== null,
    finish,
    usage: usage && { inputTokens: usage.input, outputTokens: usage.output },
    firstTextMs,
    totalMs,
  }
}
