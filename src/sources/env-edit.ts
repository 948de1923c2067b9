// Sets or removes one variable in the text of .env and leaves every other line, comment and line end as it is.
import { parse } from 'dotenv'
import { TraseError } from '../errors.ts'
import { findAssignments, lineEnd, withUnixLineEnds, type Assignment } from './env-assignments.ts'

/** Replaces a range of the text with `\n` line ends. */
export interface Edit {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** Lines that set a variable can come to light when others are removed: a quote that one of them opened had held them. */
const removalPassesMax = 8

/** Needs no quotes: neither dotenv nor a shell that sources the file sees anything special in it. */
const plainValue = /^[\w./:+=@%,^-]+$/

/**
 * The text with the variable set. An assignment that is there keeps its place, its `export` and its comment; of several
 * the last one is changed, because it is the one that counts. A new one goes to the end, on a line of its own.
 * The result is checked: it reads back as exactly this value, with every other variable as it was.
 * @param value in the clear; never part of an error
 * @throws TraseError `value_refused` (dotenv has no way to write it), `env_file_invalid` (the text around it gets in the way)
 */
export function setVariable(text: string, name: string, value: string): string {
  const written = waysToWrite(name, value)
  if (written.length === 0) {
    throw new TraseError('value_refused', `the value of ${name} cannot be written to a .env file`, {
      hint: 'it mixes all kinds of quotes, or has characters that are not text',
    })
  }
  const normal = withUnixLineEnds(text)
  const present = findAssignments(normal).findLast((assignment) => assignment.name === name)
  const wanted = { ...parse(text), [name]: value }
  const edits = [
    ...(present ? written.map((way) => replaceValue(normal, present, way)) : []),
    ...written.map((way) => append(normal, `${name}=${way}\n`)),
    ...(present ? [] : written.map((way) => ({ from: 0, to: 0, text: `${name}=${way}\n` }))),
  ]
  return firstThatReadsAs(wanted, text, edits) ?? refuse(name)
}

/**
 * The text without the lines that set the variable.
 * @throws TraseError `env_file_invalid` when the text around them gets in the way
 */
export function unsetVariable(text: string, name: string): string {
  const { [name]: _removed, ...others } = parse(text)
  let without = text
  for (let pass = 0; pass < removalPassesMax; pass += 1) {
    const normal = withUnixLineEnds(without)
    const present = findAssignments(normal).filter((assignment) => assignment.name === name)
    if (present.length === 0) break
    without = applyEdits(
      without,
      present.map((assignment) => withoutLines(normal, assignment)),
    )
  }
  return readsAs(others, without) ? without : refuse(name)
}

/** Takes out every line that an assignment stands on. */
export function withoutLines(text: string, { start, valueEnd }: Assignment): Edit {
  const from = start === 0 ? 0 : text.lastIndexOf('\n', start - 1) + 1
  return { from, to: lineEnd(text, valueEnd), text: '' }
}

/** The value as it can stand behind `=`, the plainest first; only those that dotenv reads back as this very value. */
function waysToWrite(name: string, value: string): string[] {
  const isText = !value.includes('\0') && Buffer.from(value, 'utf8').toString('utf8') === value // no lone surrogates
  if (!isText) return []
  const escaped = `"${value.replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`
  // dotenv takes 'it's' for it's, but a shell does not: quotes that the value itself has come last.
  const quotes = ["'", '"', '`'].sort((a, b) => Number(value.includes(a)) - Number(value.includes(b)))
  const quoted = quotes.map((quote) => quote + value + quote)
  const ways =
    plainValue.test(value) || value === ''
      ? [value, ...quoted]
      : [...(/[\r\n]/.test(value) ? [escaped] : []), ...quoted, value]
  return ways.filter((way) => readsAs({ [name]: value }, `${name}=${way}\n`))
}

function replaceValue(text: string, { valueStart, valueEnd }: Assignment, way: string): Edit {
  const touchesComment = text[valueEnd] === '#'
  return { from: valueStart, to: valueEnd, text: touchesComment ? `${way} ` : way }
}

function append(text: string, line: string): Edit {
  const startsLine = text === '' || text.endsWith('\n')
  return { from: text.length, to: text.length, text: startsLine ? line : `\n${line}` }
}

function firstThatReadsAs(
  wanted: Readonly<Record<string, string>>,
  text: string,
  edits: readonly Edit[],
): string | undefined {
  for (const edit of edits) {
    const edited = applyEdits(text, [edit])
    if (readsAs(wanted, edited)) return edited
  }
  return undefined
}

/** Applies edits, in the order of their places, to the text with its own line ends; new lines get those of the text's first line. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const lineEndStyle = /\r\n?|\n/.exec(text)?.[0] ?? '\n'
  // Each `\r\n` before an offset makes the original one character longer than the text the offset is for.
  const crlf = [...text.matchAll(/\r\n/g)].map(({ index }, count) => index - count)
  let passed = 0
  const original = (offset: number): number => {
    while ((crlf[passed] ?? offset) < offset) passed += 1
    return offset + passed
  }
  let [edited, kept] = ['', 0]
  for (const { from, to, text: inserted } of edits) {
    edited += text.slice(kept, original(from)) + inserted.replaceAll('\n', lineEndStyle)
    kept = original(to)
  }
  return edited + text.slice(kept)
}

/** True when dotenv reads exactly these variables and values. */
export function readsAs(wanted: Readonly<Record<string, string>>, text: string): boolean {
  const read = parse(text)
  const names = Object.keys(wanted)
  return (
    names.length === Object.keys(read).length &&
    names.every((name) => Object.hasOwn(read, name) && read[name] === wanted[name])
  )
}

function refuse(name: string): never {
  throw new TraseError(
    'env_file_invalid',
    `${name} cannot be changed: a quote that is opened elsewhere in the .env file gets in the way`,
    {
      hint: 'close the quote, or edit the file by hand',
    },
  )
}
