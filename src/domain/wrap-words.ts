// Lines of plain text for screens of any width.

/** The narrowest screen that text is fitted to. */
const widthMin = 20

/**
 * Breaks text at spaces; further lines are indented by `indent` spaces, or by fewer where a word needs the room. A word that is longer
 * than a line is broken. Widths count code points.
 */
export function wrapWords(text: string, width: number, indent: number): string[] {
  const room = Math.max(widthMin, width)
  const lead = /^ */.exec(text)?.[0] ?? ''
  const [first = '', ...words] = text.slice(lead.length).split(' ')
  const lines: string[] = []
  let line = lead + first
  for (const word of words) {
    if (lengthOf(line) + 1 + lengthOf(word) <= room) {
      line += ` ${word}`
      continue
    }
    lines.push(...pieces(line, room, indent))
    line = ' '.repeat(Math.max(0, Math.min(indent, room - lengthOf(word)))) + word
  }
  return [...lines, ...pieces(line, room, indent)]
}

/** The line itself, unless it is one long word. */
function pieces(line: string, room: number, indent: number): string[] {
  const lines: string[] = []
  let characters = Array.from(line)
  while (characters.length > room) {
    lines.push(characters.slice(0, room).join(''))
    characters = [...' '.repeat(Math.min(indent, room - 1)), ...characters.slice(room)]
  }
  return [...lines, characters.join('')]
}

function lengthOf(text: string): number {
  return Array.from(text).length
}
