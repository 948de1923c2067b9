// Instants for people: how long ago or ahead, or the local clock; --json has the exact ones.
import { duration } from '../../domain/duration.ts'

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

/** `2026-11-22 10:51:43` in the caller's time zone. */
export function localTime(iso: string): string {
  const at = new Date(iso)
  const two = (value: number): string => String(value).padStart(2, '0')
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${date} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}
