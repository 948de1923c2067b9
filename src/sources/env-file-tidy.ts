// Takes out of a .env text what can go without a loss: blanks around keys, and earlier lines that set the same value again.
import { parse } from 'dotenv'
import { findAssignments, lineEnd, withUnixLineEnds, type Assignment } from './env-assignments.ts'
import { applyEdits, readsAs, withoutLines, type Edit } from './env-edit.ts'

export interface TidyOptions {
  /** Remove the earlier of two lines that give a variable the same value. */
  readonly duplicates: boolean
  /** Remove white space at the ends of the values of these variables. */
  blanksOf(name: string): boolean
}

/** The text without them; the very same text when there are none, or when taking them out would change another value. */
export function tidyEnvText(text: string, { duplicates, blanksOf }: TidyOptions): string {
  const normal = withUnixLineEnds(text)
  const assignments = findAssignments(normal)
  const repeated = duplicates ? repeatedLines(normal, assignments) : []
  const kept = assignments.filter((assignment) => !repeated.includes(assignment))
  const edits = [
    ...repeated.map((assignment) => withoutLines(normal, assignment)),
    ...kept.filter(({ name }) => blanksOf(name)).flatMap((assignment) => blanksAround(normal, assignment)),
  ].sort((a, b) => a.from - b.from)
  const tidied = applyEdits(text, edits)
  const wanted = Object.fromEntries(
    Object.entries(parse(text)).map(([name, value]) => [name, blanksOf(name) ? value.trim() : value]),
  )
  return readsAs(wanted, tidied) ? tidied : text
}

/** What to remove of the white space at the ends of a value: inside its quotes, or between a bare value and the line's end. */
export function blanksAround(text: string, { valueStart, valueEnd, quoted }: Assignment): Edit[] {
  const [from, to] = quoted ? [valueStart + 1, valueEnd - 1] : [valueEnd, lineEnd(text, valueEnd)]
  const inside = text.slice(from, to).replace(/\n$/, '')
  if (!quoted) return valueStart < valueEnd && /^\s+$/.test(inside) ? [cut(from, from + inside.length)] : []
  if (inside.trim() === '') return []
  const [before, after] = [inside.length - inside.trimStart().length, inside.length - inside.trimEnd().length]
  return [...(before > 0 ? [cut(from, from + before)] : []), ...(after > 0 ? [cut(to - after, to)] : [])]
}

/** Assignments that a later one overrides with the same value, each on lines of its own. */
function repeatedLines(text: string, assignments: readonly Assignment[]): Assignment[] {
  const last = new Map(assignments.map((assignment) => [assignment.name, assignment]))
  return assignments.filter((assignment) => {
    const inUse = last.get(assignment.name)
    return inUse !== undefined && inUse !== assignment && valueOf(text, inUse) === valueOf(text, assignment)
  })
}

/** As dotenv reads it when it stands alone. */
function valueOf(text: string, { name, valueStart, valueEnd }: Assignment): string | undefined {
  return parse(`${name}=${text.slice(valueStart, valueEnd)}\n`)[name]
}

function cut(from: number, to: number): Edit {
  return { from, to, text: '' }
}
