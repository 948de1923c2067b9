// Draws what is being typed on a terminal, over what it drew before, whatever the terminal's width has become meanwhile.
import { type Output, terminalWidth } from '../../streams.ts'
import type { Draft } from './edit-line.ts'
import { type Layout, layOut } from './lay-out.ts'
import { textWidth } from './text-width.ts'

export interface Drawing {
  draw(prompt: string, draft: Draft): void
  /** Leaves what is drawn where it is: what follows begins on the line below. */
  finish(): void
  /** Empties the screen; the next drawing begins at its top. */
  clear(): void
}

const eraseBelow = '\u001b[J'
const eraseScreen = '\u001b[H\u001b[2J'
const columnsMin = 4
const rowsUnknown = 24

export function openDrawing(terminal: Output): Drawing {
  let drawn: (Layout & { readonly columns: number }) | null = null

  /** The way back to where the last drawing began. */
  function back(columns: number): string {
    if (drawn === null) return ''
    const { rows, row } = drawn
    // A row that is wider than the terminal is now has been broken by some terminals and cut by others. To go up by a
    // wrong number would erase what was said before: so the old drawing stays, and the new one begins below it.
    if (rows.some((each) => textWidth(each) > columns)) {
      const below = rows.slice(row).reduce((sum, each) => sum + Math.ceil(textWidth(each) / columns), 0)
      return `${down(below)}\r\n`
    }
    return `${up(row)}\r`
  }

  return {
    draw(prompt, draft) {
      const columns = Math.max(columnsMin, terminalWidth(terminal) ?? 80)
      const { rows: height = rowsUnknown } = terminal as { rows?: number } // of a terminal's stream
      const layout = layOut(prompt, draft, { columns, rowsMax: Math.max(2, (height || rowsUnknown) - 1) })
      const place = `${up(layout.rows.length - 1 - layout.row)}\r${right(layout.column)}`
      terminal.write(`${back(columns)}${eraseBelow}${layout.rows.join('\r\n')}${place}`)
      drawn = { ...layout, columns }
    },
    finish() {
      if (drawn) terminal.write(`${down(drawn.rows.length - 1 - drawn.row)}\r\n`)
      drawn = null
    },
    clear() {
      terminal.write(eraseScreen)
      drawn = null
    },
  }
}

/** ECMA-48, section 8.3: a count of 0 would count as 1. */
const up = (count: number): string => (count > 0 ? `\u001b[${count}A` : '')
const down = (count: number): string => (count > 0 ? `\u001b[${count}B` : '')
const right = (count: number): string => (count > 0 ? `\u001b[${count}C` : '')
