// A strict reader of Prometheus' text format: what it does not understand it refuses, with the line.

export interface ReadSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface ReadFamily {
  readonly type: string
  readonly help: string
  readonly samples: ReadSample[]
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s
const labelText = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)/y

/** The families by name. @throws Error naming the line that is wrong */
export function readMetrics(text: string): ReadonlyMap<string, ReadFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const families = new Map<string, ReadFamily>()
  const seen = new Set<string>()
  let help: { readonly name: string; readonly text: string } | null = null
  let current: { readonly name: string; readonly family: ReadFamily } | null = null
  for (const line of text.slice(0, -1).split('\n')) {
    const refuse = (why: string): never => {
      throw new Error(`${why}: ${line}`)
    }
    if (line.startsWith('# HELP ')) {
      const [, , name = '', ...words] = line.split(' ')
      if (!metricName.test(name) || families.has(name) || words.length === 0) refuse('bad HELP')
      help = { name, text: words.join(' ') }
    } else if (line.startsWith('# TYPE ')) {
      const [, , name = '', type = '', ...rest] = line.split(' ')
      if (help?.name !== name || rest.length > 0) refuse('TYPE without its HELP')
      if (!['counter', 'gauge', 'histogram'].includes(type)) refuse('unknown type')
      if (type === 'counter' && !name.endsWith('_total')) refuse('a counter ends with _total')
      current = { name, family: { type, help: help?.text ?? '', samples: [] } }
      families.set(name, current.family)
    } else {
      const [, name = '', labels = '', value = ''] = sampleLine.exec(line) ?? refuse('not a sample')
      if (seen.has(`${name}{${labels}}`)) refuse('a sample twice')
      seen.add(`${name}{${labels}}`)
      const { name: family, family: into } = current ?? refuse('a sample without TYPE')
      const suffixes = into.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
      if (!suffixes.some((suffix) => name === family + suffix)) refuse('a sample of another family')
      if (value === '' || Number.isNaN(Number(value.replace('+Inf', 'Infinity')))) refuse('not a number')
      into.samples.push({ name, labels: readLabels(labels, refuse), value: Number(value) })
    }
  }
  for (const [name, family] of families) if (family.type === 'histogram') checkHistogram(name, family)
  return families
}

function readLabels(text: string, refuse: (why: string) => never): Record<string, string> {
  const labels: Record<string, string> = {}
  labelText.lastIndex = 0
  while (labelText.lastIndex < text.length) {
    const [, name = '', value = ''] = labelText.exec(text) ?? refuse('bad labels')
    if (name in labels) refuse('a label twice')
    labels[name] = value.replace(/\\(.)/gs, (_all, character: string) => (character === 'n' ? '\n' : character))
  }
  return labels
}

/** Buckets grow, the last one is `+Inf` and equals the count, and there is a sum. */
function checkHistogram(name: string, { samples }: ReadFamily): void {
  const groups = grouped(samples, ({ labels: { le: _le, ...own } }) => JSON.stringify(own))
  for (const [labels, group] of groups) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`)
    const bounds = buckets.map(({ labels: { le = '' } }) => (le === '+Inf' ? Infinity : Number(le)))
    const grows = (values: readonly number[]): boolean =>
      values.every((value, i) => i === 0 || value >= (values[i - 1] ?? 0))
    const count = group.find((sample) => sample.name === `${name}_count`)?.value
    const isRight =
      bounds.at(-1) === Infinity &&
      new Set(bounds).size === bounds.length &&
      grows(bounds) &&
      grows(buckets.map(({ value }) => value)) &&
      buckets.at(-1)?.value === count &&
      group.filter((sample) => sample.name === `${name}_sum`).length === 1
    if (!isRight) throw new Error(`the histogram ${name}${labels} is wrong`)
  }
}

/** `Map.groupBy` is not in Node 20. */
function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}
