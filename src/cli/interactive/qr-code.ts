// Draws an address as a QR code for a terminal: two rows of its squares in a row of half blocks.
import encodeQR from 'qr'
import type { QrRoom } from '../interactive-bundle.ts'

/** Squares of empty space around it; the standard asks for 4, readers of today for less. ISO/IEC 18004, section 9.1. */
const border = 2
/** Rows that should still be seen below and above it: the address and the prompt. */
const rowsAround = 6

const blocks: Readonly<Record<string, string>> = {
  'light light': '█',
  'light dark': '▀',
  'dark light': '▄',
  'dark dark': ' ',
}
const whiteOnBlack = '\u001b[38;5;231;48;5;16m'
const reset = '\u001b[0m'

/** Lines for a terminal, null when it has no room for them. The least error correction: it is read from a screen. */
export function qrCode(text: string, { columns, rows, color }: QrRoom): string | null {
  const squares = encodeQR(text, 'raw', { ecc: 'low', border })
  if (squares.length > columns || Math.ceil(squares.length / 2) + rowsAround > rows) return null
  const lines: string[] = []
  for (let row = 0; row < squares.length; row += 2) {
    const upper = squares[row] ?? []
    const lower = squares[row + 1]
    const drawn = upper
      .map((isDark, column) => blocks[`${shade(isDark)} ${shade(lower?.[column] ?? false)}`] ?? ' ')
      .join('')
    lines.push(color ? `${whiteOnBlack}${drawn}${reset}` : drawn)
  }
  return lines.join('\n')
}

function shade(isDark: boolean): 'dark' | 'light' {
  return isDark ? 'dark' : 'light'
}
