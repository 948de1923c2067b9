// Writes metrics as Prometheus reads them (https://prometheus.io/docs/instrumenting/exposition_formats/).
import type { Counted, Histogram, Series } from './series.ts'
import type { MetricDeclaration } from './table.ts'

type Sample = readonly [labels: readonly string[], value: number]

/** A counter or gauge as a block of lines; null when it has no sample. */
export function writeSamples(declaration: MetricDeclaration, samples: Iterable<Sample>): string[] {
  const lines = head(declaration)
  for (const [values, value] of samples) {
    lines.push(`${declaration.name}${labelSet(declaration.labels, values)} ${number(value)}`)
  }
  return lines
}

export function writeCounter(declaration: MetricDeclaration, series: Series<Counted>): string[] {
  return writeSamples(
    declaration,
    Array.from(series.all(), ([labels, { value }]): Sample => [labels, value]),
  )
}

export function writeHistogram(declaration: MetricDeclaration, series: Series<Histogram>): string[] {
  const { name, labels, buckets = [] } = declaration
  const lines = head(declaration)
  for (const [values, { counts, sum }] of series.all()) {
    const bound = [...labels, 'le']
    let below = 0
    for (const [at, count] of counts.entries()) {
      below += count
      const le = at < buckets.length ? number(buckets[at] ?? 0) : '+Inf'
      lines.push(`${name}_bucket${labelSet(bound, [...values.slice(0, labels.length), le])} ${below}`)
    }
    const own = labelSet(labels, values)
    lines.push(`${name}_sum${own} ${number(sum)}`, `${name}_count${own} ${below}`)
  }
  return lines
}

function head({ name, type, help }: MetricDeclaration): string[] {
  return [`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${name} ${type}`]
}

/** An empty value is the same as no label. */
function labelSet(names: readonly string[], values: readonly string[]): string {
  const set = names.flatMap((name, at) => {
    const value = values[at] ?? ''
    return value === '' ? [] : [`${name}="${escaped(value)}"`]
  })
  return set.length === 0 ? '' : `{${set.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/** JavaScript's shortest form, `1e-7` and `12.5`, is one that Go parses too. */
function number(value: number): string {
  return String(value)
}
