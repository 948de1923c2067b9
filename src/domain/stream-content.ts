// Which event of a provider's stream is the first that holds generated content: from there on no other key can take over.
import { isRecord } from './json-record.ts'
import type { Dialect } from './provider.ts'

type Data = Readonly<Record<string, unknown>>

/** Events that come before content, by `type`: docs.claude.com/en/docs/build-with-claude/streaming, platform.openai.com/docs/api-reference/responses-streaming, docs.cohere.com/reference/chat-stream. */
const preamble: ReadonlySet<unknown> = new Set([
  'message_start',
  'ping',
  'response.created',
  'response.queued',
  'response.in_progress',
  'message-start',
])

/**
 * False for what a provider sends before it generates (and for errors), true for generated content and for anything
 * unknown: holding back what might be content would stall a stream, letting it go costs only the chance of another key.
 * The event's own shape decides, since providers of one dialect serve another's paths too.
 */
export function isContentEvent(dialect: Dialect, eventName: string | undefined, data: unknown): boolean {
  if (eventName === 'error') return false
  if (!isRecord(data)) return true
  const { type, choices, candidates } = data
  if (isFailure(data)) return false
  if (typeof type === 'string') return !preamble.has(type) && !isEmptyBlock(data)
  if (Array.isArray(choices)) return choices.some(isGeneratingChoice)
  if (Array.isArray(candidates)) return candidates.some(isGeneratingCandidate)
  // Google sends usage or prompt feedback by itself: `{ usageMetadata }` is not content.
  return dialect !== 'google'
}

function isFailure({ error, type }: Data): boolean {
  return (error !== undefined && error !== null) || type === 'error' || type === 'response.failed'
}

/** Anthropic's start of a text or thinking block that is still empty; a tool's block has the tool's name. */
function isEmptyBlock({ type, content_block: block }: Data): boolean {
  if (type !== 'content_block_start' || !isRecord(block)) return false
  return (
    (block['type'] === 'text' && block['text'] === '') || (block['type'] === 'thinking' && block['thinking'] === '')
  )
}

/** A chunk's delta with anything but the role in it, or the end. The first chunk is `{role: 'assistant', content: ''}`. */
function isGeneratingChoice(choice: unknown): boolean {
  if (!isRecord(choice)) return true
  const { delta, finish_reason: finish, text } = choice
  if (typeof finish === 'string' || (typeof text === 'string' && text !== '')) return true
  return isRecord(delta) && Object.entries(delta).some(([name, value]) => name !== 'role' && !isEmpty(value))
}

function isGeneratingCandidate(candidate: unknown): boolean {
  if (!isRecord(candidate)) return true
  const { content, finishReason } = candidate
  if (typeof finishReason === 'string') return true
  const parts = isRecord(content) ? content['parts'] : undefined
  return (
    Array.isArray(parts) &&
    parts.some((part) => !isRecord(part) || Object.values(part).some((value) => !isEmpty(value)))
  )
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}
