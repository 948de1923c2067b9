// One model request of the gateway's log in words: what was asked for, how it ended, and what it took.
import { shortDuration, shortNumber } from './amount.ts'
import type { Paint } from './paint.ts'
import { printableLine } from './printable.ts'

type LogRecord = Readonly<Record<string, unknown>>

/** Outcomes as in the log, in words; one that is not here is told as it is. */
const outcomeWords: Readonly<Record<string, string>> = {
  ok: 'ok',
  rate_limited: 'rate limited',
  client_left: 'client left',
  provider_error: 'error of the provider',
}

/** `anthropic/claude-sonnet-4-5 200 ok in 1.5s, first token 300ms, tokens 100 in 20 out (anthropic:work, client laptop)`. */
export function renderRequestLine(record: LogRecord, paint: Paint): string {
  const { provider, model, status, outcome, attempts, client, agent, session, profileId } = record
  const target = [provider, model].filter(isText).join('/') || 'no provider'
  const words = isText(outcome) ? (outcomeWords[outcome] ?? outcome) : ''
  const why = isText(record['code']) && record['code'] !== outcome ? ` (${record['code']})` : ''
  const code = typeof status === 'number' && status > 0 ? `${status} ` : ''
  const paintEnd = outcome === 'ok' ? paint.green : outcome === 'client_left' ? paint.dim : paint.yellow
  const took = [
    isCount(record['durationMs']) ? `in ${shortDuration(record['durationMs'])}` : '',
    isCount(record['ttftMs']) ? `first token ${shortDuration(record['ttftMs'])}` : '',
    isCount(record['waitedMs']) ? `waited ${shortDuration(record['waitedMs'])}` : '',
    isCount(attempts) && attempts > 1 ? `${attempts} attempts` : '',
    tokensText(record),
  ]
  const whose = [
    isText(profileId) ? profileId : '',
    isText(client) ? `client ${client}` : 'no client',
    isText(agent) ? `agent ${agent}` : '',
    isText(session) ? `session ${session}` : '',
  ]
  const end = `${code}${words}${why} ${joined(took)}`
  return `${printableLine(target)} ${paintEnd(printableLine(end.trim()))} ${paint.dim(`(${printableLine(joined(whose))})`)}`
}

function tokensText({ inputTokens, outputTokens }: LogRecord): string {
  if (!isCount(inputTokens) || !isCount(outputTokens)) return ''
  return `tokens ${shortNumber(inputTokens)} in ${shortNumber(outputTokens)} out`
}

const joined = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(', ')

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isCount(value: unknown): value is number {
  return typeof value === 'number'
}
