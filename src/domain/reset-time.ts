// When a provider says that a limit resets: every form that providers state it in, as milliseconds from now.
import { cooldownMsMax } from './cooldown.ts'
import { isRecord } from './json-record.ts'

/** Looks up a response header by its lower-case name. */
export type HeaderLookup = (name: string) => string | undefined

/** Kinds of `anthropic-ratelimit-<kind>-reset`, docs.claude.com/en/api/rate-limits. */
const anthropicKinds = [
  'requests',
  'tokens',
  'input-tokens',
  'output-tokens',
  'priority-input-tokens',
  'priority-output-tokens',
] as const

/** Ends of `x-ratelimit-reset<kind>`: platform.openai.com/docs/guides/rate-limits, inference-docs.cerebras.ai/support/rate-limits, and the bare one of OpenRouter. */
const openaiKinds = ['-requests', '-tokens', '-requests-day', '-tokens-minute', ''] as const

/**
 * Milliseconds (whole, 0 to `cooldownMsMax`) until the reset that the answer states, or null when it states none that makes
 * sense. In the order of trust: `retry-after-ms`, `retry-after`, Google's RetryInfo in the body, the subscription window
 * and the limits of Anthropic, the limits of OpenAI and its imitators. Dates are measured against the server's own clock
 * when the answer has a `date`, so a wrong clock here does no harm.
 */
export function statedResetMs(header: HeaderLookup, body: unknown, now: number): number | null {
  const serverNow = httpDate(header('date')) ?? now
  const stated =
    plainNumber(header('retry-after-ms')) ??
    retryAfterMs(header('retry-after'), serverNow) ??
    retryInfoMs(body) ??
    ahead(instantMs(header('anthropic-ratelimit-unified-reset'), serverNow)) ??
    decisiveMs(withReset(anthropicLimits(header, serverNow))) ??
    decisiveMs(withReset(openaiLimits(header, serverNow)))
  return stated === null ? null : Math.ceil(Math.min(stated, cooldownMsMax))
}

/** Whether the answer names the moment for the next request itself: in seconds, as a date, or as the end of a subscription's window. */
export function namesNextRequest(header: HeaderLookup): boolean {
  return ['retry-after-ms', 'retry-after', 'anthropic-ratelimit-unified-reset'].some(
    (name) => header(name) !== undefined,
  )
}

/** Seconds or a date, RFC 9110 section 10.2.3. A date that is past says: now. */
function retryAfterMs(text: string | undefined, serverNow: number): number | null {
  const seconds = plainNumber(text)
  if (seconds !== null) return seconds * 1_000
  const date = httpDate(text)
  return date === null ? null : Math.max(date - serverNow, 0)
}

/** `error.details[]` with a google.rpc.RetryInfo, cloud.google.com/apis/design/errors#error_details; `retryDelay` is `34.07s`. */
function retryInfoMs(body: unknown): number | null {
  const error = field(Array.isArray(body) ? body[0] : body, 'error')
  const details = field(error, 'details')
  if (!Array.isArray(details)) return null
  for (const detail of details.slice(0, 32)) {
    const [type, delay] = [field(detail, '@type'), field(detail, 'retryDelay')]
    if (typeof type === 'string' && type.endsWith('google.rpc.RetryInfo') && typeof delay === 'string') {
      return goDurationMs(delay)
    }
  }
  return null
}

/** One of a provider's limits as an answer states it; null where it says nothing. */
export interface StatedLimit {
  /** `requests`, `tokens`, `input tokens` … */
  readonly of: string
  /** Milliseconds from now. */
  readonly resetMs: number | null
  readonly remaining: number | null
  readonly whole: number | null
}

/** The limits that an answer states, whether it was refused or not; none for most providers. */
export function statedLimits(header: HeaderLookup, now: number): StatedLimit[] {
  const serverNow = httpDate(header('date')) ?? now
  return [...anthropicLimits(header, serverNow), ...openaiLimits(header, serverNow)]
}

/**
 * The reset of the limit that refused. An answer states them all, the untouched ones too, so what is left decides: of
 * those at zero the one that resets last; with none at zero (a request for more tokens than were left) the one with the
 * smallest share left; and the last of all when nothing tells them apart.
 */
function decisiveMs(limits: readonly StatedLimit[]): number | null {
  const least = Math.min(...limits.map((limit) => shareLeft(limit) ?? 1))
  const resets = limits.filter((limit) => (shareLeft(limit) ?? 1) === least).flatMap(({ resetMs }) => resetMs ?? [])
  return resets.length === 0 ? null : ahead(Math.max(...resets))
}

const withReset = (limits: readonly StatedLimit[]): StatedLimit[] => limits.filter(({ resetMs }) => resetMs !== null)

/** 1 all, 0 none, null unknown. */
function shareLeft({ remaining, whole }: StatedLimit): number | null {
  if (remaining === 0) return 0
  return remaining === null || whole === null || whole === 0 ? null : Math.min(remaining / whole, 1)
}

function anthropicLimits(header: HeaderLookup, serverNow: number): StatedLimit[] {
  return anthropicKinds.flatMap((kind) => {
    const name = (part: string): string => `anthropic-ratelimit-${kind}-${part}`
    return statedLimit(header, name, kind.replaceAll('-', ' '), (text) => instantMs(text, serverNow))
  })
}

function openaiLimits(header: HeaderLookup, serverNow: number): StatedLimit[] {
  return openaiKinds.flatMap((kind) => {
    const name = (part: string): string => `x-ratelimit-${part}${kind}`
    const of = /^-(requests|tokens)/.exec(kind)?.[1] ?? 'requests'
    return statedLimit(header, name, of, (text) => goDurationMs(text) ?? instantMs(text, serverNow))
  })
}

function statedLimit(
  header: HeaderLookup,
  name: (part: string) => string,
  of: string,
  readReset: (text: string | undefined) => number | null,
): StatedLimit[] {
  const [resetMs, remaining] = [readReset(header(name('reset'))), plainNumber(header(name('remaining')))]
  if (resetMs === null && remaining === null) return []
  return [{ of, resetMs, remaining, whole: plainNumber(header(name('limit'))) }]
}

/** Numbers from here on are seconds since 1970 (this one is in 2001), and a thousand times as much milliseconds. */
const epochSecondsMin = 1_000_000_000

/** Milliseconds until an RFC 3339 date, an HTTP date or a moment since 1970; a smaller number is seconds from now. */
function instantMs(text: string | undefined, serverNow: number): number | null {
  const number = plainNumber(text)
  if (number !== null) {
    if (number >= epochSecondsMin * 1_000) return number - serverNow
    return number >= epochSecondsMin ? number * 1_000 - serverNow : number * 1_000
  }
  const date = rfc3339(text) ?? httpDate(text)
  return date === null ? null : date - serverNow
}

/** A reset that is past or now tells nothing about a refusal: then the next header, or none, counts. */
function ahead(ms: number | null): number | null {
  return ms === null || ms <= 0 ? null : ms
}

const goUnitsMs = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 } as const

/** `6m0s`, `20ms`, `1h2m3.5s`: pkg.go.dev/time#ParseDuration, as OpenAI and Groq write them. */
function goDurationMs(text: string | undefined): number | null {
  if (text === undefined || text.length > 64 || !/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|ns))+$/.test(text)) return null
  let ms = 0
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-zµ]+)/g)) {
    ms += Number(amount) * goUnitsMs[unit as keyof typeof goUnitsMs] // the pattern above admits these units only
  }
  return ms
}

function plainNumber(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : null
}

function rfc3339(text: string | undefined): number | null {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i.test(text)) return null
  return finite(Date.parse(text))
}

/** All three forms of RFC 9110 section 5.6.7. The third, of C's asctime, names no zone and means GMT. */
function httpDate(text: string | undefined): number | null {
  if (text === undefined || !/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w :-]{8,40}$/.test(text)) return null
  return finite(Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`))
}

const finite = (ms: number): number | null => (Number.isFinite(ms) ? ms : null)

function field(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined
}
