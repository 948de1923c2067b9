// How a JSON text is laid out by whoever wrote it: line ends, indentation, and values printed to match.
import type { Node } from 'jsonc-parser'

export interface JsonLayout {
  /** `\n`, `\r\n` or `\r`. */
  readonly lineEnd: string
  /** One step of indentation. */
  readonly unit: string
}

/** A value that fits into so many characters stays on one line. */
const lineCharactersMax = 100

/** What the text itself shows; two spaces and `\n` where it shows nothing. */
export function layoutOf(text: string): JsonLayout {
  const lineEnd = /\r\n?|\n/.exec(text)?.[0] ?? '\n'
  const unit = /(?:^|[\r\n])([ \t]+)["'{[]/.exec(text)?.[1] ?? '  '
  return { lineEnd, unit }
}

/** The white space that the line of an offset begins with. */
export function indentAt(text: string, offset: number): string {
  const start = Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? ''
}

/** True for an object or array that is spread over several lines. */
export function isSpread(text: string, { offset, length }: Node): boolean {
  return /[\r\n]/.test(text.slice(offset, offset + length))
}

/** On one line, with the spaces that people write: `{ "a": [1, 2] }`. */
export function printInline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printInline).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}: ${printInline(member)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

/** On one line where it fits, else spread; `indent` is that of the line it begins on. */
export function printValue(value: unknown, indent: string, { lineEnd, unit }: JsonLayout): string {
  const inline = printInline(value)
  if (inline.length <= lineCharactersMax) return inline
  return JSON.stringify(value, null, unit).replaceAll('\n', lineEnd + indent)
}

/** `"a": { "b": value }` for the names `a` and `b`, each object spread over lines of its own. */
export function printSpread(names: readonly string[], value: unknown, indent: string, layout: JsonLayout): string {
  const [name = '', ...rest] = names
  const key = `${JSON.stringify(name)}: `
  if (rest.length === 0) return key + printValue(value, indent, layout)
  const inner = indent + layout.unit
  const { lineEnd } = layout
  return `${key}{${lineEnd}${inner}${printSpread(rest, value, inner, layout)}${lineEnd}${indent}}`
}
