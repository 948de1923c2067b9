// The limits of a stand-in provider: buckets that refill all the time, and windows that start anew.

/** One limit of an organisation; amounts are requests or tokens, times epoch milliseconds. */
export interface Limit {
  readonly size: number
  admits(amount: number, now: number): boolean
  take(amount: number, now: number): void
  /** When `amount` is admitted if nothing else is taken; `now` when it is already. */
  admitsAt(amount: number, now: number): number
  left(now: number): number
  /** When it is whole again. */
  fullAt(now: number): number
}

const minuteMs = 60_000

/** `perMinute` that come back evenly, as Anthropic's and OpenAI's limits do. */
export function refilling(perMinute: number): Limit {
  let level = perMinute
  let levelAt = 0
  const left = (now: number): number => Math.min(perMinute, level + ((now - levelAt) * perMinute) / minuteMs)
  const admitsAt = (amount: number, now: number): number =>
    now + Math.max(0, Math.ceil(((amount - left(now)) * minuteMs) / perMinute))
  return {
    size: perMinute,
    admits: (amount, now) => left(now) >= amount - tolerance,
    take(amount, now) {
      level = left(now) - amount
      levelAt = now
    },
    admitsAt,
    left,
    fullAt: (now) => admitsAt(perMinute, now),
  }
}

/** `size` for each window of `windowMs`, as Google's are for a minute and for a day; a day begins `offsetMs` after midnight UTC. */
export function windowed(size: number, windowMs: number, offsetMs = 0): Limit {
  let used = 0
  let window = -1
  const windowAt = (now: number): number => Math.floor((now - offsetMs) / windowMs)
  const left = (now: number): number => (windowAt(now) === window ? size - used : size)
  const fullAt = (now: number): number => (windowAt(now) + 1) * windowMs + offsetMs
  return {
    size,
    admits: (amount, now) => left(now) >= amount,
    take(amount, now) {
      used = size - left(now) + amount
      window = windowAt(now)
    },
    admitsAt: (amount, now) => (left(now) >= amount ? now : fullAt(now)),
    left,
    fullAt,
  }
}

/** Sums of floating point: a bucket that lacks a millionth of a request admits it. */
const tolerance = 1e-6
