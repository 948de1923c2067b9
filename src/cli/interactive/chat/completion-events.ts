// What a streamed chat completion says, event by event (platform.openai.com/docs/api-reference/chat-streaming). Pure.
import { isRecord } from '../../../domain/json-record.ts'

export interface TokenCounts {
  readonly input: number | null
  readonly output: number | null
}

export interface Said {
  /** Text of the answer; empty when there is none. */
  readonly text: string
  /** It thinks aloud, which is not part of the answer. */
  readonly isThinking: boolean
  /** Why it ended: `stop`, `length` … */
  readonly finish: string | null
  readonly usage: TokenCounts | null
}

/** The event behind the last one. */
export const doneMark = '[DONE]'

/** Of a chunk, and of a whole completion that came in place of a stream. */
export function saidIn(completion: unknown): Said {
  const { choices, usage } = isRecord(completion) ? completion : {}
  const choice: unknown = Array.isArray(choices) ? choices[0] : null
  const { delta, message, finish_reason: finish } = isRecord(choice) ? choice : {}
  const spoken = isRecord(delta) ? delta : isRecord(message) ? message : {}
  return {
    // A refusal is what the model says, too.
    text: textOf(spoken['content']) + textOf(spoken['refusal']),
    isThinking: textOf(spoken['reasoning_content']) + textOf(spoken['reasoning']) !== '',
    finish: typeof finish === 'string' ? finish : null,
    usage: isRecord(usage) ? countsOf(usage) : null,
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function countsOf(usage: Readonly<Record<string, unknown>>): TokenCounts {
  return { input: countOf(usage['prompt_tokens']), output: countOf(usage['completion_tokens']) }
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null
}
