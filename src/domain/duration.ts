// Spans of time in words: the two largest units, and the second only while it matters.

/** Units with the span in seconds up to which the next smaller one is worth saying. */
const units = [
  { seconds: 86_400, letter: 'd', exactBelow: 7 * 86_400 },
  { seconds: 3_600, letter: 'h', exactBelow: 86_400 },
  { seconds: 60, letter: 'm', exactBelow: 3_600 },
  { seconds: 1, letter: 's', exactBelow: 60 },
] as const

/** `28s`, `1m 30s`, `6d`: whole seconds. */
export function duration(durationMs: number): string {
  const total = Math.max(0, Math.round(durationMs / 1_000))
  const index = units.findIndex((unit) => total >= unit.seconds)
  const [large, small] = [units[index], units[index + 1]]
  if (!large) return '0s'
  const rest = small && total < large.exactBelow ? Math.floor((total % large.seconds) / small.seconds) : 0
  const main = `${Math.floor(total / large.seconds)}${large.letter}`
  return small && rest > 0 ? `${main} ${rest}${small.letter}` : main
}
