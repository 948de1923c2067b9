// A line in the log for each model request: gathered as bytes and written together a moment later, so that requests pay next to nothing for it.
import type { UsageRecord } from '../gateway/usage/record.ts'
import type { Host, Timer } from '../host.ts'

export interface RequestLog {
  record(record: UsageRecord): void
  /** Writes what was gathered. */
  flush(): void
}

export interface RequestLogDeps {
  readonly host: Pick<Host, 'setTimer'>
  mode(): 'all' | 'failed' | 'none'
  /** Takes whole lines, each with its end; the bytes are its own. */
  write(lines: Buffer, count: number): void
}

const gatherMs = 100
const gatheredBytesMax = 131_072
/** Of names that clients choose. */
const nameCharsMax = 200
/** Six names of which every character is an escape of six, and all that is counted. */
const lineBytesMax = 8_192

export function openRequestLog({ host, mode, write }: RequestLogDeps): RequestLog {
  // Bytes, because texts that wait for 100 ms are what the garbage collector has most work with.
  let gathered: Buffer | null = null
  let bytes = 0
  let count = 0
  let timer: Timer | null = null
  const line = openLine()

  function flush(): void {
    timer?.cancel()
    timer = null
    if (gathered === null || count === 0) return
    const lines = Buffer.from(gathered.subarray(0, bytes))
    const counted = count
    bytes = 0
    count = 0
    write(lines, counted)
  }

  return {
    record(record) {
      const wanted = mode()
      if (wanted === 'none' || (wanted === 'failed' && record.outcome === 'ok')) return
      gathered ??= Buffer.allocUnsafeSlow(gatheredBytesMax)
      bytes += gathered.write(line(record), bytes, 'latin1')
      count++
      if (bytes > gatheredBytesMax - lineBytesMax) flush()
      else timer ??= host.setTimer(gatherMs, flush)
    },
    flush,
  }
}

/** Makes lines as the other ones of the log are; by hand, which takes a fraction of what the logger would. ASCII alone. */
function openLine(): (record: UsageRecord) => string {
  let last: UsageRecord | null = null
  let names = ''
  const timeText = openTimeText()

  /** Requests that follow on each other are often of the same client, for the same model. */
  function namesOf(record: UsageRecord): string {
    if (last === null || !isSame(last, record)) {
      names = namesText(record)
      last = record
    }
    return names
  }

  return (record) => {
    const { status, outcome, code, attempts, durationMs, waitedMs, ttftMs, tokens } = record
    const why = code === null ? '' : `,"code":"${code}"`
    let text =
      `${timeText(record.at)}${namesOf(record)},"status":${status},"outcome":"${outcome}"${why},"attempts":${attempts}` +
      `,"durationMs":${tenths(durationMs)}`
    if (ttftMs !== null) text += `,"ttftMs":${tenths(ttftMs)}`
    if (waitedMs > 0) text += `,"waitedMs":${tenths(waitedMs)}`
    if (tokens !== null) {
      text += `,"inputTokens":${tokens.input},"outputTokens":${tokens.output}`
      if (tokens.cachedInput) text += `,"cachedInputTokens":${tokens.cachedInput}`
      if (tokens.reasoning) text += `,"reasoningTokens":${tokens.reasoning}`
    }
    return `${text},"msg":"model request"}\n`
  }
}

const namedMembers = ['provider', 'model', 'profileId', 'client', 'agent', 'session'] as const

function isSame(one: UsageRecord, other: UsageRecord): boolean {
  return (
    one.session === other.session &&
    one.model === other.model &&
    one.profileId === other.profileId &&
    one.provider === other.provider &&
    one.client === other.client &&
    one.agent === other.agent
  )
}

function namesText(record: UsageRecord): string {
  return namedMembers
    .flatMap((name) => {
      const value = record[name]
      return value === null ? [] : [`,"${name}":${quoted(value)}`]
    })
    .join('')
}

function quoted(value: string): string {
  const short = value.length > nameCharsMax ? `${value.slice(0, nameCharsMax)}…` : value
  return JSON.stringify(short).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** `12.3`, out of whole numbers, which are written several times as fast as others. */
function tenths(ms: number): string {
  const all = Math.round(ms * 10)
  const whole = Math.floor(all / 10)
  const rest = all - whole * 10
  return rest === 0 ? `${whole}` : `${whole}.${rest}`
}

/** Makes the beginning of a line; those of one millisecond share it. */
function openTimeText(): (epochMs: number) => string {
  let last = Number.NaN
  let text = ''
  return (epochMs) => {
    const whole = Math.floor(epochMs)
    if (whole !== last) {
      last = whole
      text = `{"level":"info","time":"${new Date(whole).toISOString()}"`
    }
    return text
  }
}
