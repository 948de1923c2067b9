// Fits what is said on stderr to a terminal: broken at spaces, but never inside an id, a path or a command to copy.
import { wrap } from './table.ts'

/** What a hint tells people to type, up to the punctuation behind it; a quoted argument may hold some of its own. */
const command =
  /(?:printf [^|\n]*\| |eval "\$\()?(?<![\w./-])traseai (?=[a-z<-])(?:'[^'\n]*'|[^\n;,|()"'`])*(?<! )|kill (?:\d+|\$\([^)\n]*\))/g
/** Stands for the spaces of a command while lines are broken; printable text has none. */
const glue = '\0'
const hangingIndent = '  '

/** @param width columns of the terminal, null when it is none: the text is then left as it is */
export function wrapNote(text: string, width: number | null): string {
  if (width === null) return text
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, width))
    .join('\n')
}

/** The further lines are indented, so that it shows what belongs together. */
function wrapLine(line: string, width: number): string[] {
  if (line.length <= width) return [line]
  const indent = /^ */.exec(line)?.[0] ?? ''
  const glued = line.slice(indent.length).replace(command, (typed) => typed.replaceAll(' ', glue))
  const pieces = wrap(glued, width - indent.length - hangingIndent.length, { wholeWords: true })
  return pieces.map((piece, index) => indent + (index === 0 ? '' : hangingIndent) + piece.replaceAll(glue, ' '))
}
