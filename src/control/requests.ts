// The requests of one connection that are being worked on: takes lines, sends their answers.
import type { JSONRPCServer } from 'json-rpc-2.0'
import { type Line, lineBytesMax } from '../protocol/line-framing.ts'
import { answersTo } from './answers.ts'
import type { CallerRecord } from './caller.ts'
import type { ControlDeps } from './deps.ts'
import type { CallContext } from './handler.ts'
import { errorResponse, parseError, readIncoming } from './json-rpc.ts'
import type { Output } from './output.ts'

export interface RequestsOptions {
  readonly deps: ControlDeps
  readonly dispatcher: JSONRPCServer<CallContext>
  readonly caller: CallerRecord
  readonly output: Output
  /** A line's answers are on their way, or it could not be answered at all. */
  readonly onAnswered: () => void
  readonly onFailure: (error: unknown) => void
}

export interface Requests {
  take(line: Line): void
  /** A batch counts with all its entries. */
  readonly inFlight: number
}

export function openRequests({ deps, dispatcher, caller, output, onAnswered, onFailure }: RequestsOptions): Requests {
  let inFlight = 0

  async function answerText(text: string): Promise<void> {
    const incoming = readIncoming(text)
    const afterAnswer: (() => void)[] = []
    const context: CallContext = { deps, actor: caller.actor(), caller: caller.forLine(afterAnswer) }
    inFlight += incoming.entries.length
    const answers = await answersTo(dispatcher, incoming, context)
    inFlight -= incoming.entries.length
    if (answers !== null) output.write(`${answers}\n`)
    for (const callback of afterAnswer) callback()
    onAnswered()
  }

  return {
    take(line) {
      if (line.kind === 'text') answerText(line.text).catch(onFailure)
      else output.write(`${JSON.stringify(unreadable(line.kind))}\n`)
    },
    get inFlight() {
      return inFlight
    },
  }
}

/** The answer to a line that is no text; reading goes on behind it. */
function unreadable(kind: Exclude<Line['kind'], 'text'>): ReturnType<typeof errorResponse> {
  const data =
    kind === 'too-long'
      ? { code: 'line_too_long', hint: `a line holds at most ${lineBytesMax} bytes; its rest is skipped` }
      : { code: 'not_utf8', hint: 'text on the control socket is UTF-8' }
  return errorResponse(null, { ...parseError, data })
}
