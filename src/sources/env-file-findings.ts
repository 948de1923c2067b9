// What a person should know about the lines of a .env text that can be read: which of them do nothing, or not what they seem to.
import { lineEnd, type Assignment } from './env-assignments.ts'

/** `set_again`: an earlier line sets the same variable. `cut_short`: an unquoted `#` ends the value. */
export type EnvLineKind = 'set_again' | 'cut_short' | 'unclosed_quote' | 'not_assigned'

/** A finding about one line; it names variables, never values. */
export interface EnvLineFinding {
  readonly kind: EnvLineKind
  /** Starting at 1. */
  readonly line: number
  /** The variable; null for a line that sets none. */
  readonly key: string | null
  readonly message: string
  readonly hint: string
}

/** In the order of the lines. @param text with `\n` as line end, and its assignments */
export function envLineFindings(text: string, assignments: readonly Assignment[]): EnvLineFinding[] {
  return [...aboutValues(text, assignments), ...aboutLines(text, assignments)].sort((a, b) => a.line - b.line)
}

/** A value that begins with a quote and ends, at the end of its line, without it. */
export function hasUnclosedQuote(text: string, { valueStart, valueEnd, quoted }: Assignment): boolean {
  const first = text[valueStart]
  if (quoted || valueEnd === valueStart || first === undefined || !'\'"`'.includes(first)) return false
  return valueEnd - valueStart === 1 || text[valueEnd - 1] !== first
}

function aboutValues(text: string, assignments: readonly Assignment[]): EnvLineFinding[] {
  const seenAt = new Map<string, number>()
  return assignments.flatMap((assignment) => {
    const { name: key, line } = assignment
    const found: EnvLineFinding[] = []
    const before = seenAt.get(key)
    seenAt.set(key, line)
    if (before !== undefined) {
      const message = `set again; the value of line ${before} is not used`
      found.push({ kind: 'set_again', line, key, message, hint: 'remove one of the lines' })
    }
    if (isCutShort(text, assignment)) {
      const hint = 'put the value in quotes if the # is part of it'
      found.push({ kind: 'cut_short', line, key, message: 'the value ends at the #', hint })
    }
    if (hasUnclosedQuote(text, assignment)) {
      const message = 'the value begins with a quote that does not end it'
      found.push({ kind: 'unclosed_quote', line, key, message, hint: 'close the quote' })
    }
    return found
  })
}

/** A `#` that touches the value looks like part of it; one after white space is a comment. */
function isCutShort(text: string, { valueEnd, quoted }: Assignment): boolean {
  return !quoted && text[valueEnd] === '#' && /\S/.test(text[valueEnd - 1] ?? '')
}

/** Lines that are neither blank, nor a comment, nor part of an assignment. */
function aboutLines(text: string, assignments: readonly Assignment[]): EnvLineFinding[] {
  const found: EnvLineFinding[] = []
  let [offset, next] = [0, 0]
  for (let line = 1; offset < text.length; line += 1) {
    const end = lineEnd(text, offset)
    while ((assignments[next]?.valueEnd ?? text.length) < offset) next += 1
    const isAssigned = (assignments[next]?.start ?? text.length) < end
    if (!isAssigned && /^\s*[^\s#]/.test(text.slice(offset, end))) {
      const message = 'is not an assignment and is not used'
      const hint = 'write NAME=value, or put a # before it'
      found.push({ kind: 'not_assigned', line, key: null, message, hint })
    }
    offset = end
  }
  return found
}
