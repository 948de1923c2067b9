// Instants for people: how long ago or ahead, or the local clock; --json has the exact ones.
const dayMs = 86_400_000

/** `in 28s`, `3m ago`, `now`; beyond 90 days the date. `iso` as the gateway sends it, `now` in epoch milliseconds. */
export function relativeTime(iso: string, now: number): string {
  const difference = Date.parse(iso) - now
  const distance = Math.abs(difference)
  if (distance < 1_000) return 'now'
  if (distance > 90 * dayMs) return `${difference > 0 ? 'on' : ''} ${iso.slice(0, 10)}`.trim()
  return difference > 0 ? `in ${duration(distance)}` : `${duration(distance)} ago`
}

/** Text of the gateway with its exact instants made relative: `until 2026-…Z` becomes `for 44s`, `at 2026-…Z` `3m ago`. */
export function withRelativeTimes(text: string, now: number): string {
  return text.replace(instantInText, (_all, word: string, iso: string) => {
    const ahead = Date.parse(iso) - now
    return word === 'until' && ahead > 0 ? `for ${duration(ahead)}` : relativeTime(iso, now)
  })
}

const instantInText = /\b(until|at) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/g

/** Units with the span in seconds up to which the next smaller one is worth saying. */
const units = [
  { seconds: 86_400, letter: 'd', exactBelow: 7 * 86_400 },
  { seconds: 3_600, letter: 'h', exactBelow: 86_400 },
  { seconds: 60, letter: 'm', exactBelow: 3_600 },
  { seconds: 1, letter: 's', exactBelow: 60 },
] as const

/** `28s`, `1m 30s`, `6d`: whole seconds, the two largest units, the second only while it matters. */
export function duration(durationMs: number): string {
  const total = Math.max(0, Math.round(durationMs / 1_000))
  const index = units.findIndex((unit) => total >= unit.seconds)
  const [large, small] = [units[index], units[index + 1]]
  if (!large) return '0s'
  const rest = small && total < large.exactBelow ? Math.floor((total % large.seconds) / small.seconds) : 0
  const main = `${Math.floor(total / large.seconds)}${large.letter}`
  return small && rest > 0 ? `${main} ${rest}${small.letter}` : main
}

/** `2026-11-22 10:51:43` in the caller's time zone. */
export function localTime(iso: string): string {
  const at = new Date(iso)
  const two = (value: number): string => String(value).padStart(2, '0')
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${date} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}
