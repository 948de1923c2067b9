// What keys do to a text that is being typed: pure, so that every key can be tried without a terminal.
import { charactersOf } from './text-width.ts'

export interface Draft {
  readonly text: string
  /** A place in the text, in UTF-16 units: what is typed goes there. */
  readonly cursor: number
  /** What was cut last, for Ctrl-Y. */
  readonly cut: string
}

export const emptyDraft: Draft = { text: '', cursor: 0, cut: '' }

/** Far enough to find where a character begins: none is longer. */
const characterUnitsMax = 64
/** No word is longer: the search for its beginning takes the square of this. */
const wordUnitsMax = 256
/** Control characters other than tab and newline: no part of a message, whoever sent them. */
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g

/** The text with more of it at the cursor; control characters are left out. */
export function insert(draft: Draft, typed: string): Draft {
  const text = typed.replace(/\r\n?/g, '\n').replace(controls, '')
  return replaced(draft, draft.cursor, draft.cursor, text)
}

/** Each key that edits, by name: what it makes of a draft. Those of readline(3), as every shell has them. */
export const edits = {
  newLine: (draft) => insert(draft, '\n'),
  eraseBack: (draft) => replaced(draft, previous(draft), draft.cursor, ''),
  eraseForward: (draft) => replaced(draft, draft.cursor, next(draft), ''),
  left: (draft) => at(draft, previous(draft)),
  right: (draft) => at(draft, next(draft)),
  wordLeft: (draft) => at(draft, wordStart(draft)),
  wordRight: (draft) => at(draft, wordEnd(draft)),
  lineStart: (draft) => at(draft, startOfLine(draft)),
  lineEnd: (draft) => at(draft, endOfLine(draft)),
  cutWordBack: (draft) => cut(draft, spaceStart(draft), draft.cursor),
  cutWordForward: (draft) => cut(draft, draft.cursor, wordEnd(draft)),
  cutToStart: (draft) => cut(draft, startOfLine(draft), draft.cursor),
  /** At the end of a line, the line end itself. */
  cutToEnd: (draft) => cut(draft, draft.cursor, endOfLine(draft) === draft.cursor ? next(draft) : endOfLine(draft)),
  paste: (draft) => insert(draft, draft.cut),
} as const satisfies Readonly<Record<string, (draft: Draft) => Draft>>

export type EditName = keyof typeof edits

/** The draft with its cursor one line of the text up or down, at the same place of it; null where there is no such line. */
export function toLine(draft: Draft, direction: -1 | 1): Draft | null {
  const start = startOfLine(draft)
  const column = charactersOf(draft.text.slice(start, draft.cursor)).length
  const end = endOfLine(draft)
  if (direction < 0 ? start === 0 : end === draft.text.length) return null
  const other = at(draft, direction < 0 ? start - 1 : end + 1)
  const line = draft.text.slice(startOfLine(other), endOfLine(other))
  return at(draft, startOfLine(other) + charactersOf(line).slice(0, column).join('').length)
}

function replaced(draft: Draft, from: number, to: number, text: string): Draft {
  return { ...draft, text: draft.text.slice(0, from) + text + draft.text.slice(to), cursor: from + text.length }
}

function cut(draft: Draft, from: number, to: number): Draft {
  if (from >= to) return draft
  return { ...replaced(draft, from, to, ''), cut: draft.text.slice(from, to) }
}

function at(draft: Draft, cursor: number): Draft {
  return { ...draft, cursor }
}

function previous({ text, cursor }: Draft): number {
  const before = charactersOf(text.slice(Math.max(0, cursor - characterUnitsMax), cursor))
  return cursor - (before.at(-1)?.length ?? 0)
}

function next({ text, cursor }: Draft): number {
  const [character] = charactersOf(text.slice(cursor, cursor + characterUnitsMax))
  return cursor + (character?.length ?? 0)
}

function startOfLine({ text, cursor }: Draft): number {
  return cursor === 0 ? 0 : text.lastIndexOf('\n', cursor - 1) + 1
}

function endOfLine({ text, cursor }: Draft): number {
  const end = text.indexOf('\n', cursor)
  return end < 0 ? text.length : end
}

function wordStart(draft: Draft): number {
  return startOfEnd(draft, /[\p{L}\p{N}_]*[^\p{L}\p{N}_]*$/u)
}

function wordEnd({ text, cursor }: Draft): number {
  const [word = ''] = /^[^\p{L}\p{N}_]*[\p{L}\p{N}_]*/u.exec(text.slice(cursor, cursor + wordUnitsMax)) ?? []
  return cursor + word.length
}

/** Ctrl-W takes all up to white space. */
function spaceStart(draft: Draft): number {
  return startOfEnd(draft, /\S*\s*$/)
}

function startOfEnd({ text, cursor }: Draft, end: RegExp): number {
  const from = Math.max(0, cursor - wordUnitsMax)
  return from + text.slice(from, cursor).search(end)
}
