// Asks for an answer and shows it as it comes, with what a person wants to know while it does not.
import { TraseError } from '../../../errors.ts'
import type { Host } from '../../../host.ts'
import { terminalWidth } from '../../streams.ts'
import type { Answer } from './ask-model.ts'
import type { ChatPlace } from './chat-place.ts'
import type { Message } from './conversation.ts'
import { waitWords } from './limit-words.ts'
import type { ModelInUse } from './model-in-use.ts'
import type { Screen } from './screen.ts'
import { servedLine } from './served-line.ts'
import type { Turns } from './turn.ts'
import { openWaiting } from './waiting.ts'

export interface Answering {
  /**
   * @returns what came, which may be cut; null when it was stopped before anything had come
   * @throws TraseError when nothing came
   */
  ask(inUse: ModelInUse, place: ChatPlace, messages: readonly Message[]): Promise<Answer | null>
  /** Stops the answer that comes just now. */
  stop(): void
}

export function openAnswering(
  host: Pick<Host, 'now' | 'monotonicMs' | 'setTimer'>,
  screen: Screen,
  turns: Turns,
): Answering {
  const waiting = openWaiting(host, screen)
  let stopping: AbortController | null = null

  return {
    async ask(inUse, place, messages) {
      const controller = new AbortController()
      stopping = controller
      waiting.begin(waitWords(inUse, host.now()))
      try {
        const answer = await turns.ask({
          model: inUse.model,
          place,
          inSession: true,
          messages,
          signal: controller.signal,
          piece(text) {
            waiting.end()
            screen.piece(text)
          },
          thinks: () => waiting.thinks(),
          ended() {
            waiting.end()
            screen.endAnswer()
          },
          news: (text) => screen.aside(text),
        })
        screen.aside(
          answer === null
            ? 'stopped; Enter asks again'
            : servedLine(answer, inUse.model, terminalWidth(screen.terminal)),
        )
        if (answer?.cut instanceof TraseError) screen.fail(answer.cut.message)
        return answer
      } finally {
        waiting.end()
        stopping = null
      }
    },
    stop: () => stopping?.abort(),
  }
}
