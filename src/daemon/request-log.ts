// A line in the log for each model request: gathered, and written together a moment later, so that requests pay next to nothing for it.
import type { Host, Timer } from '../host.ts'
import type { UsageRecord } from '../gateway/usage-record.ts'

export interface RequestLog {
  record(record: UsageRecord): void
  /** Writes what was gathered. */
  flush(): void
}

export interface RequestLogDeps {
  readonly host: Pick<Host, 'setTimer'>
  mode(): 'all' | 'failed' | 'none'
  /** Takes whole lines, each with its end. */
  write(lines: readonly string[]): void
}

const gatherMs = 100
/** What is gathered is written when it is this much, without waiting any longer. */
const linesMax = 1_000
/** Of names that clients choose. */
const nameCharsMax = 200

export function openRequestLog({ host, mode, write }: RequestLogDeps): RequestLog {
  let lines: string[] = []
  let timer: Timer | null = null

  function flush(): void {
    timer?.cancel()
    timer = null
    if (lines.length === 0) return
    const gathered = lines
    lines = []
    write(gathered)
  }

  return {
    record(record) {
      const wanted = mode()
      if (wanted === 'none' || (wanted === 'failed' && record.outcome === 'ok')) return
      lines.push(lineOf(record))
      if (lines.length >= linesMax) flush()
      else timer ??= host.setTimer(gatherMs, flush)
    },
    flush,
  }
}

/** As the other lines of the log are; put together by hand, which takes an eighth of what the logger would. */
function lineOf(record: UsageRecord): string {
  const { status, outcome, attempts, waitedMs, ttftMs, tokens } = record
  return (
    `{"level":"info","time":"${isoTime(record.at)}"${named('provider', record.provider)}${named('model', record.model)}` +
    `${named('profileId', record.profileId)}${named('client', record.client)}${named('agent', record.agent)}` +
    `${named('session', record.session)},"status":${status},"outcome":"${outcome}","attempts":${attempts}` +
    `,"durationMs":${tenths(record.durationMs)}${counted('ttftMs', ttftMs === null ? null : tenths(ttftMs))}` +
    `${waitedMs === 0 ? '' : `,"waitedMs":${tenths(waitedMs)}`}${counted('inputTokens', tokens?.input)}` +
    `${counted('outputTokens', tokens?.output)}${counted('cachedInputTokens', tokens?.cachedInput)}` +
    `${counted('reasoningTokens', tokens?.reasoning)},"msg":"model request"}\n`
  )
}

const plain = /^[\w\-.:/@#+]*$/

function named(name: string, value: string | null): string {
  if (value === null) return ''
  const short = value.length > nameCharsMax ? `${value.slice(0, nameCharsMax)}…` : value
  return plain.test(short) ? `,"${name}":"${short}"` : `,"${name}":${JSON.stringify(short)}`
}

function counted(name: string, value: number | null | undefined): string {
  return value === null || value === undefined ? '' : `,"${name}":${value}`
}

const tenths = (ms: number): number => Math.round(ms * 10) / 10

let second = -1
let secondText = ''

/** `2026-01-01T00:00:00.000Z`; the many lines of one second share its text. */
function isoTime(epochMs: number): string {
  const whole = Math.floor(epochMs / 1_000)
  if (whole !== second) {
    second = whole
    secondText = new Date(whole * 1_000).toISOString().slice(0, -4)
  }
  return `${secondText}${String(Math.floor(epochMs) % 1_000).padStart(3, '0')}Z`
}
