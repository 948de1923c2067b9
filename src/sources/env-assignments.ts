// Finds where the assignments of a .env text stand: the grammar of the dotenv package, with offsets.

/** Offsets are into a text whose line ends are `\n`. */
export interface Assignment {
  readonly name: string
  /** Where `export` or the name begins. */
  readonly start: number
  /** The value as written, quotes included, without white space around it. Empty values have equal ends. */
  readonly valueStart: number
  readonly valueEnd: number
  readonly quoted: boolean
  /** Starting at 1. */
  readonly line: number
}

/**
 * One assignment, as dotenv understands it: white space may hold line ends, so a quoted value may begin on the line below
 * its name. A value in quotes ends at the last fitting quote that only white space or a comment follows on its line;
 * without one the value is bare, and ends at the first `#` or at the line's end.
 */
const assignment =
  /^\s*(?<start>(?:export\s+)?)(?<name>[\w.-]+)(?<separator>\s*=|:\s)(?:\s*(?<quoted>'(?:\\'|[^'])*'|"(?:\\"|[^"])*"|`(?:\\`|[^`])*`)|(?<bare>[^#\n]+))?\s*(?:#.*)?$/dgm

/** Line ends as dotenv sees them. */
export function withUnixLineEnds(text: string): string {
  return text.replace(/\r\n?/g, '\n')
}

/** @param text with `\n` as line end; a byte order mark counts as white space */
export function findAssignments(text: string): Assignment[] {
  const found: Assignment[] = []
  let [line, counted] = [1, 0]
  for (const match of text.matchAll(assignment)) {
    const { start, name, separator, quoted, bare } = match.indices?.groups ?? {}
    if (!start || !name || !separator) continue
    line += countLineEnds(text, counted, start[0])
    counted = start[0]
    const [valueStart, valueEnd] = quoted ?? trimmed(text, bare ?? [separator[1], separator[1]])
    found.push({ name: text.slice(...name), start: start[0], valueStart, valueEnd, quoted: quoted !== undefined, line })
  }
  return found
}

/** The offset just behind the line that an offset lies on, its `\n` included. */
export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end + 1
}

/** The same range without white space at its ends; an all-white one becomes its empty beginning. */
function trimmed(text: string, [from, to]: readonly [number, number]): [number, number] {
  const value = text.slice(from, to)
  if (value.trim() === '') return [from, from]
  return [from + value.length - value.trimStart().length, to - value.length + value.trimEnd().length]
}

function countLineEnds(text: string, from: number, to: number): number {
  let count = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count += 1
  return count
}
