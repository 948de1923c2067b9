// Numbers for people: large ones short, shares as a percentage, times in the unit that fits.

const units = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const

/** `950`, `12.3k`, `1.2M`: three figures. */
export function shortNumber(value: number): string {
  const unit = units.find(([size]) => value >= size * 0.999_5)
  if (!unit) return String(value)
  const scaled = value / unit[0]
  return `${scaled.toFixed(scaled < 99.95 ? 1 : 0).replace(/\.0$/, '')}${unit[1]}`
}

/** `1,204`; what has more than six figures short. */
export function wholeNumber(value: number): string {
  return value < 1e6 ? String(value).replace(/\B(?=(\d{3})+$)/, ',') : shortNumber(value)
}

/** `98%`; neither `0%` for something nor `100%` for not quite all. */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0%'
  if (part === whole) return '100%'
  const share = Math.round((part / whole) * 100)
  return `${share === 0 ? '<1' : Math.min(share, 99)}%`
}

/** `820ms`, `1.2s`, `75s`. */
export function shortDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)}ms`
  const seconds = durationMs / 1_000
  return `${seconds < 9.95 ? seconds.toFixed(1) : Math.round(seconds)}s`
}
