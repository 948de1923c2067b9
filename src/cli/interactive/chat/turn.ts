// One turn of a chat: finds the model, asks it, and tells what happens on the way, in a dialogue and in a pipe alike.
import { TraseError } from '../../../errors.ts'
import type { Host } from '../../../host.ts'
import type { WireEvent } from '../../../protocol/contract.ts'
import { type Answer, askModel, type Listener } from './ask-model.ts'
import type { ChatPlace } from './chat-place.ts'
import type { Message } from './conversation.ts'
import type { GatewayLink } from './gateway-link.ts'
import { openNews } from './key-news.ts'
import { withDue } from './limit-words.ts'

export interface Turn extends Listener {
  readonly model: string
  readonly place: ChatPlace
  /** The request belongs to the session: it gets what is pinned there, and the credential that the last one got. */
  readonly inSession: boolean
  readonly messages: readonly Message[]
  readonly signal: AbortSignal
  /** All of the answer has come; what is told now stands below it. */
  ended(): void
  /** A credential of the provider failed. */
  news(text: string): void
}

export interface Turns {
  /**
   * @returns null when it was stopped before the first text
   * @throws TraseError as `askModel` does; for a rate limit, the hint says when the first credential is due
   */
  ask(turn: Turn): Promise<Answer | null>
  /** What the history tells meanwhile. */
  hear(event: WireEvent): void
}

export function openTurns(host: Pick<Host, 'monotonicMs' | 'now' | 'setTimer'>, link: () => GatewayLink): Turns {
  let hearing: ((event: WireEvent) => void) | null = null

  async function send(turn: Turn, listener: Listener): Promise<Answer | null> {
    const { place, inSession, model, messages, signal } = turn
    const access = await link().access()
    const session = inSession ? place.session : null
    const question = { ...access, session, agent: place.agent ?? null, model, messages }
    return askModel(host, question, listener, signal)
  }

  /** A token that somebody revoked, or that went with a gateway that was restarted, is replaced once. */
  async function sendWithToken(turn: Turn, listener: Listener): Promise<Answer | null> {
    try {
      return await send(turn, listener)
    } catch (error) {
      if (!(error instanceof TraseError) || error.code !== 'permission_denied') throw error
      link().forgetToken()
      return send(turn, listener)
    }
  }

  async function explained(error: unknown, { model, place, inSession }: Turn): Promise<unknown> {
    if (!(error instanceof TraseError) || error.code !== 'rate_limited') return error
    return withDue(error, { link: link(), model, place, inSession, now: host.now() })
  }

  return {
    async ask(turn) {
      const news = openNews(host, turn)
      hearing = news.hear
      try {
        const answer = await sendWithToken(turn, {
          piece(text) {
            news.holdBack()
            turn.piece(text)
          },
          thinks: () => turn.thinks(),
        })
        turn.ended()
        // Others may use the same keys: what this answer did not come across is not its news.
        if (answer !== null && answer.head.attempts > 1) await news.tellRest()
        return answer
      } catch (error) {
        throw await explained(error, turn)
      } finally {
        hearing = null
      }
    },
    hear: (event) => hearing?.(event),
  }
}
