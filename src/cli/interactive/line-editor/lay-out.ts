// Where a text that is being typed stands on a terminal: its rows, and the place of the cursor. Pure.
import type { Draft } from './edit-line.ts'
import { charactersOf, characterWidth, textWidth } from './text-width.ts'

export interface Layout {
  /** At most as wide as the terminal: ends of rows are drawn, not left to the terminal, which may count columns differently. */
  readonly rows: readonly string[]
  /** From 0. */
  readonly row: number
  readonly column: number
}

export interface Viewport {
  readonly columns: number
  /** Of a longer text, those around the cursor are shown. */
  readonly rowsMax: number
}

/** What a tab shows as: where the next stop is would depend on what stands before it. */
const tab = '    '

/** @param prompt stands in front; further lines of the text begin below its end */
export function layOut(prompt: string, draft: Draft, viewport: Viewport): Layout {
  const { columns, rowsMax } = viewport
  const { text, cursor, isWhole } = partAround(draft, columns * rowsMax)
  const head = isWhole ? prompt : ''
  const indent = ' '.repeat(Math.min(textWidth(prompt), Math.max(0, columns - 2)))
  const rows: string[] = []
  let row = head
  let width = textWidth(head)
  let place: { readonly row: number; readonly column: number } | null = null

  const here = () => ({ row: rows.length, column: Math.min(width, columns - 1) })
  function breakRow(start: string): void {
    rows.push(row)
    row = start
    width = start.length
  }
  let offset = 0
  for (const character of charactersOf(text)) {
    const shown = character === '\t' ? tab : character
    const shownWidth = character === '\t' ? tab.length : characterWidth(character)
    if (character !== '\n' && width > 0 && width + shownWidth > columns) breakRow('')
    if (offset >= cursor) place ??= here()
    offset += character.length
    if (character === '\n') {
      breakRow(indent)
      continue
    }
    row += shown
    width += shownWidth
  }
  // Behind a full row the cursor would hang over the edge.
  if (place === null && width >= columns) breakRow('')
  place ??= here()
  rows.push(row)
  return windowed(rows, place, rowsMax)
}

/** A text of megabytes is not laid out at each key: what is further from the cursor than a screen is left out. */
function partAround({ text, cursor }: Draft, reach: number): Pick<Draft, 'text' | 'cursor'> & { isWhole: boolean } {
  // In steps, so that the rows stay as they are while the cursor moves.
  const from = Math.max(0, Math.floor(cursor / reach) - 1) * reach
  return { text: text.slice(from, cursor + reach), cursor: cursor - from, isWhole: from === 0 }
}

function windowed(rows: readonly string[], place: { row: number; column: number }, rowsMax: number): Layout {
  if (rows.length <= rowsMax) return { rows, ...place }
  const first = Math.min(Math.max(0, place.row - Math.floor(rowsMax / 2)), rows.length - rowsMax)
  return { rows: rows.slice(first, first + rowsMax), row: place.row - first, column: place.column }
}
