// A table that fits its terminal: wide columns wrap, and where even that is too little each row becomes a block.
import { printableLine } from './printable.ts'

export interface Column {
  readonly title: string
  /** May be wrapped to make the table fit. Columns of names that people copy are not. */
  readonly wraps?: boolean
  readonly right?: boolean
}

/** `style` colours a finished piece of text and must not change its width. */
export type Cell = string | { readonly text: string; readonly style: (text: string) => string }

type Row = readonly Cell[]

export interface TableOptions {
  /** Columns of the terminal; null: as wide as it gets. */
  readonly width: number | null
  readonly styleTitle?: (text: string) => string
}

const gap = '  '
/** A wrapping column narrower than this is worse to read than a block, unless it is half of what it holds. */
const wrapWidthMin = 16
/** A longer word is broken rather than that it makes blocks of a whole table. */
const wordWidthMax = 40

/** Lines without a newline at the end. Control characters in cells are made visible; widths count code points. */
export function renderTable(columns: readonly Column[], rows: readonly Row[], options: TableOptions): string {
  return renderTables(columns, [rows], options).join('\n')
}

/** Several tables, their columns as wide as those of the others. */
export function renderTables(
  columns: readonly Column[],
  tables: readonly (readonly Row[])[],
  options: TableOptions,
): readonly string[] {
  const widths = fit(columns, tables.flat(), options.width)
  if (widths === null) return tables.map((rows) => renderBlocks(columns, rows, options))
  const head = columns.map((column): Cell => ({ text: column.title, style: options.styleTitle ?? ((text) => text) }))
  return tables.map((rows) => [head, ...rows].flatMap((row) => renderRow(columns, row, widths)).join('\n'))
}

/** Widths of the columns, or null when they cannot be made to fit without breaking a word. */
function fit(columns: readonly Column[], rows: readonly Row[], width: number | null): number[] | null {
  const natural = columns.map((column, index) =>
    Math.max(column.title.length, ...rows.map((row) => widthOf(textOf(row[index])))),
  )
  if (width === null) return natural
  const least = columns.map((column, index) => {
    const most = natural[index] ?? 0
    if (!column.wraps) return most
    const word = Math.max(0, ...rows.map((row) => longestWord(textOf(row[index]))))
    return Math.min(most, Math.max(Math.min(wrapWidthMin, Math.ceil(most / 2)), Math.min(word, wordWidthMax)))
  })
  return shrunk(natural, least, width)
}

/** Takes from the widest column that still has some to give, until the row fits. */
function shrunk(natural: readonly number[], least: readonly number[], width: number): number[] | null {
  const widths = [...natural]
  let excess = sum(widths) + gap.length * (widths.length - 1) - width
  while (excess > 0) {
    const widest = widestAbove(widths, least)
    if (widest === null) return null
    widths[widest] = (widths[widest] ?? 0) - 1
    excess -= 1
  }
  return widths
}

function longestWord(text: string): number {
  return Math.max(...text.split(' ').map(widthOf))
}

function widestAbove(widths: readonly number[], least: readonly number[]): number | null {
  let widest: number | null = null
  for (const [index, width] of widths.entries()) {
    if (width > (least[index] ?? 0) && (widest === null || width > (widths[widest] ?? 0))) widest = index
  }
  return widest
}

function renderRow(columns: readonly Column[], row: Row, widths: readonly number[]): string[] {
  const cells = columns.map((_, index) => wrap(textOf(row[index]), widths[index] ?? 0))
  const height = Math.max(...cells.map((pieces) => pieces.length))
  return Array.from({ length: height }, (_unused, line) => {
    const last = cells.findLastIndex((pieces) => (pieces[line] ?? '') !== '')
    return cells
      .slice(0, last + 1)
      .map((pieces, index) => {
        const piece = pieces[line] ?? ''
        const padding = ' '.repeat(Math.max(0, (widths[index] ?? 0) - widthOf(piece)))
        const styled = piece === '' ? '' : styleOf(row[index])(piece)
        if (columns[index]?.right) return padding + styled
        return index === last ? styled : styled + padding
      })
      .join(gap)
  })
}

/** For terminals too narrow for columns: the first cell, then `title: text` below it. */
function renderBlocks(
  columns: readonly Column[],
  rows: readonly Row[],
  { width, styleTitle = (text) => text }: TableOptions,
): string {
  const columnsMax = width ?? 80
  const block = (row: Row): string => {
    const cells = row.map((cell, index) => ({ cell, title: columns[index]?.title.toLowerCase() ?? '' }))
    // A row's number says little by itself.
    const headCells = cells.slice(0, columns[0]?.title === '#' ? 2 : 1).map(({ cell }) => cell)
    const head = wrap(headCells.map(textOf).join(gap), columnsMax).map(styleOf(headCells.at(-1)))
    const rest = cells.slice(headCells.length).filter(({ cell }) => textOf(cell) !== '')
    return [...head, ...rest.flatMap(({ cell, title }) => labelled(title, cell, columnsMax, styleTitle))].join('\n')
  }
  return rows.map(block).join('\n')
}

/** `  title: text`; the text begins a line of its own where one of its words has no room beside the title. */
function labelled(title: string, cell: Cell, width: number, styleTitle: (text: string) => string): string[] {
  const text = textOf(cell)
  const label = `  ${styleTitle(`${title}:`)}`
  const beside = title.length + 4
  const ownLine = longestWord(text) > width - beside && longestWord(text) <= width - 4
  const indent = ownLine ? 4 : beside
  const pieces = wrap(text, Math.max(1, width - indent)).map(styleOf(cell))
  if (ownLine) return [label, ...pieces.map((piece) => ' '.repeat(indent) + piece)]
  return pieces.map((piece, index) => (index === 0 ? `${label} ${piece}` : ' '.repeat(indent) + piece))
}

/** Breaks text at spaces, and inside a word only where the word alone is too long and need not stay whole. */
export function wrap(text: string, width: number, { wholeWords = false } = {}): string[] {
  const lines: string[] = []
  let line: string | null = null
  for (const word of text.split(' ')) {
    const joined: string = line === null ? word : `${line} ${word}`
    if (widthOf(joined) <= width) {
      line = joined
      continue
    }
    if (line) lines.push(line)
    const characters = Array.from(word)
    while (!wholeWords && characters.length > Math.max(1, width))
      lines.push(characters.splice(0, Math.max(1, width)).join(''))
    line = characters.join('')
  }
  return [...lines, line ?? '']
}

function textOf(cell: Cell | undefined): string {
  if (cell === undefined) return ''
  return printableLine(typeof cell === 'string' ? cell : cell.text)
}

function styleOf(cell: Cell | undefined): (text: string) => string {
  return typeof cell === 'object' ? cell.style : (text) => text
}

function widthOf(text: string): number {
  // ids, names and times are ASCII; a message with wide characters only loses its alignment
  return Array.from(text).length
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
