// Counts in memory, by label values: finding a series again costs a look into a map for each label, and no text is made.
import type { MetricDeclaration } from './table.ts'

/** Label sets of one metric; what comes later is counted under `other`. */
const seriesMax = 1_000
const other = 'other'

export interface Counted {
  value: number
}

/** `counts` has one number for each bucket and one for what lies above them all. */
export interface Histogram {
  readonly counts: number[]
  sum: number
}

export interface Series<T> {
  /** The series of these label values, in the order of the declaration; missing ones are empty. */
  at(first?: string, second?: string, third?: string, fourth?: string): T
  /** In the order they came. */
  all(): Iterable<readonly [labels: readonly string[], value: T]>
}

/** One more level of maps for each label; a metric with fewer labels has empty ones at its end. */
type Level<T> = Map<string, T>

export function openSeries<T>(make: () => T): Series<T> {
  const root: Level<Level<Level<Level<T>>>> = new Map()
  const list: [readonly string[], T][] = []

  function add(labels: readonly [string, string, string, string]): T {
    if (list.length >= seriesMax && labels[0] !== other) return series.at(other, ...labels.slice(1).map(otherOrNone))
    const made = make()
    list.push([labels, made])
    const [first, second, third, fourth] = labels
    below(below(below(root, first), second), third).set(fourth, made)
    return made
  }

  const series: Series<T> = {
    at(first = '', second = '', third = '', fourth = '') {
      return root.get(first)?.get(second)?.get(third)?.get(fourth) ?? add([first, second, third, fourth])
    },
    all: () => list,
  }
  return series
}

const otherOrNone = (label: string): string => (label === '' ? '' : other)

function below<T>(level: Level<Map<string, T>>, key: string): Map<string, T> {
  const known = level.get(key)
  if (known) return known
  const made = new Map<string, T>()
  level.set(key, made)
  return made
}

export function openCounter(): Series<Counted> {
  return openSeries(() => ({ value: 0 }))
}

export function openHistogram({ buckets = [] }: Pick<MetricDeclaration, 'buckets'>): Series<Histogram> {
  return openSeries(() => ({ counts: Array.from({ length: buckets.length + 1 }, () => 0), sum: 0 }))
}

/** Counts `value` in the first bucket that holds it. */
export function observe(histogram: Histogram, buckets: readonly number[], value: number): void {
  let at = 0
  while (at < buckets.length && value > (buckets[at] ?? 0)) at++
  histogram.counts[at] = (histogram.counts[at] ?? 0) + 1
  histogram.sum += value
}
