// Lines of plain text for screens of any width.

/** The narrowest screen that text is fitted to. */
const widthMin = 20

/**
 * Breaks text at spaces, and a word that alone is too long where it must; further lines are indented by `indent` spaces. Widths
 * count code points.
 */
export function wrapWords(text: string, width: number, indent: number): string[] {
  const margin = ' '.repeat(indent)
  const room = Math.max(widthMin, width)
  const lines: string[] = []
  const lead = /^ */.exec(text)?.[0] ?? ''
  let line = lead
  let isEmpty = true
  for (const word of text.slice(lead.length).split(' ')) {
    const joined = isEmpty ? line + word : `${line} ${word}`
    if (lengthOf(joined) <= room) {
      line = joined
      isEmpty = false
      continue
    }
    if (!isEmpty) lines.push(line)
    let characters = Array.from((isEmpty ? line : margin) + word)
    while (characters.length > room) {
      lines.push(characters.slice(0, room).join(''))
      characters = Array.from(margin + characters.slice(room).join(''))
    }
    line = characters.join('')
    isEmpty = false
  }
  return [...lines, line]
}

function lengthOf(text: string): number {
  return Array.from(text).length
}
