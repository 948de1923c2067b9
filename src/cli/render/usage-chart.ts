// What model requests took, as a table with bars; where the terminal is too narrow for it, as a few lines for each row.
import type { Result } from '../../protocol/contract.ts'
import { percent, shortDuration, shortNumber, wholeNumber } from './amount.ts'
import { bar } from './bar.ts'
import type { Paint } from './paint.ts'
import { printableLine } from './printable.ts'
import { type Column, renderTable, wrap } from './table.ts'

export type Usage = Result<'models.usage'>
export type UsageRow = Usage['rows'][number]

export interface ChartOptions {
  /** Columns of the terminal; null where nothing is fitted. */
  readonly width: number | null
  readonly paint: Paint
  /** Bars of blocks, not of `#`. */
  readonly blocks: boolean
}

const barWidthMin = 4
const barWidthMax = 20
const gapWidth = 2

/** Lines without a newline at the end; the total comes last when there is more than one row. */
export function renderUsage(usage: Usage, options: ChartOptions): string {
  const total = { ...usage.totals, name: 'total', isTotal: true }
  const named = usage.rows.map((row) => ({ ...row, name: nameOf(row), isTotal: false }))
  const rows: readonly Line[] = named.length > 1 ? [...named, total] : named
  const largest = Math.max(...usage.rows.map(({ requests }) => requests))
  const barWidth = barWidthFor(usage, rows, options.width)
  return barWidth === null
    ? rows.map((row) => renderBlock(row, largest, options)).join('\n')
    : renderWide(usage, rows, { ...options, largest, barWidth })
}

type Line = Usage['totals'] & { readonly name: string; readonly isTotal: boolean }

function nameOf({ day, provider, profileId, model, agent, client }: UsageRow): string {
  if (day !== undefined) return day
  if (profileId !== undefined) return profileId ?? `${provider ?? ''} (no credential)`
  if (model !== undefined) return `${provider ?? ''}/${model ?? '(no model)'}`
  return provider ?? client ?? (agent === undefined ? '' : (agent ?? '(default)'))
}

const columnsOf = (by: string, barWidth: number): Column[] => [
  { title: by.toUpperCase() },
  { title: ''.padEnd(barWidth) },
  { title: 'REQUESTS', right: true },
  { title: 'OK', right: true },
  { title: 'LIMITED', right: true },
  { title: 'FAILED', right: true },
  { title: 'IN', right: true },
  { title: 'OUT', right: true },
  { title: 'FIRST', right: true },
]

function cellsOf(row: Line): string[] {
  return [
    wholeNumber(row.requests),
    ...[row.ok, row.rateLimited, failed(row)].map((part) => (row.requests === 0 ? '-' : percent(part, row.requests))),
    tokens(row, row.inputTokens),
    tokens(row, row.outputTokens),
    row.firstTokenMs === null ? '-' : shortDuration(row.firstTokenMs),
  ]
}

/** What is left for the bars; null when it is too little. */
function barWidthFor({ by }: Usage, rows: readonly Line[], width: number | null): number | null {
  if (width === null) return barWidthMax
  const titles = columnsOf(by, 0).map(({ title }) => title.length)
  const cells = rows.map((row) => [printableLine(row.name), '', ...cellsOf(row)])
  const widths = titles.map((title, at) => Math.max(title, ...cells.map((each) => (each[at] ?? '').length)))
  const taken = widths.reduce((sum, each) => sum + each + gapWidth, -gapWidth)
  return width - taken < barWidthMin ? null : Math.min(barWidthMax, width - taken)
}

interface WideOptions extends ChartOptions {
  readonly largest: number
  readonly barWidth: number
}

function renderWide({ by }: Usage, rows: readonly Line[], options: WideOptions): string {
  const { paint, blocks, largest, barWidth, width } = options
  const lines = rows.map((row) => {
    const name = row.isTotal ? { text: row.name, style: paint.bold } : row.name
    const chart = row.isTotal ? '' : bar(row.requests / largest, barWidth, blocks)
    return [name, { text: chart, style: paint.green }, ...cellsOf(row)]
  })
  return renderTable(columnsOf(by, barWidth), lines, { width, styleTitle: paint.dim })
}

/** For narrow terminals: the name, the bar, and what there is to say in words. */
function renderBlock(row: Line, largest: number, { width, paint, blocks }: ChartOptions): string {
  const room = Math.max(1, (width ?? 80) - gapWidth)
  const requests = `${wholeNumber(row.requests)} request${row.requests === 1 ? '' : 's'}`
  const chart = row.isTotal
    ? ''
    : bar(row.requests / largest, Math.min(barWidthMax, Math.max(1, room - requests.length - 1)), blocks)
  const said = [
    `${percent(row.ok, row.requests)} ok`,
    ...(row.rateLimited > 0 ? [`${percent(row.rateLimited, row.requests)} limited`] : []),
    ...(failed(row) > 0 ? [`${percent(failed(row), row.requests)} failed`] : []),
    `${tokens(row, row.inputTokens)} tokens in`,
    `${tokens(row, row.outputTokens)} out`,
    ...(row.firstTokenMs === null ? [] : [`first token ${shortDuration(row.firstTokenMs)}`]),
  ]
  const name = wrap(printableLine(row.name), room + gapWidth).map((line) => (row.isTotal ? paint.bold(line) : line))
  if (row.requests === 0) return [...name, `  ${requests}`].join('\n')
  const head = chart === '' ? requests : `${paint.green(chart)} ${requests}`
  return [...name, `  ${head}`, ...wrap(said.join(', '), room).map((line) => `  ${line}`)].join('\n')
}

/** What went wrong on either side; a client that left is neither. */
function failed({ refused, failed: unreached, providerError }: Line): number {
  return refused + unreached + providerError
}

function tokens({ inputTokens, outputTokens, uncounted }: Line, count: number): string {
  return inputTokens + outputTokens === 0 && uncounted > 0 ? '?' : shortNumber(count)
}
