// Sets or removes one value in a JSON text with comments, and leaves every other character, comment and line end as it is.
import { createScanner, findNodeAtLocation, type Node, parseTree } from 'jsonc-parser'
import { isRecord } from '../domain/json-record.ts'
import { indentAt, isSpread, layoutOf, printInline, printSpread, printValue } from './json-layout.ts'
import { jsonValue, tokens } from './json-tree.ts'

/** Replaces a range of the text. */
interface Edit {
  readonly from: number
  readonly to: number
  readonly text: string
}

/**
 * The text with a value at a path, the objects on the way made where they are missing. An object takes the place of an
 * object member by member, so that comments inside stay where they are. Equal values change nothing.
 * @param text parses without an error and is an object; without a byte order mark
 */
export function setJsonValue(text: string, path: readonly string[], value: unknown): string {
  const root = rootOf(text)
  const node = findNodeAtLocation(root, [...path])
  if (!node) return insert(text, root, path, value)
  if (JSON.stringify(jsonValue(node)) === JSON.stringify(value)) return text
  if (node.type === 'object' && isRecord(value)) {
    const gone = Object.keys(jsonValue(node) as object).filter((name) => !Object.hasOwn(value, name))
    const without = gone.reduce((edited, name) => removeJsonValue(edited, [...path, name]), text)
    return Object.entries(value).reduce(
      (edited, [name, member]) => setJsonValue(edited, [...path, name], member),
      without,
    )
  }
  const printed = printValue(value, indentAt(text, node.offset), layoutOf(text))
  return apply(text, [{ from: node.offset, to: end(node), text: printed }])
}

/** The text without the value at a path; the same text when there is none. Comments beside it stay. */
export function removeJsonValue(text: string, path: readonly string[]): string {
  const property = findNodeAtLocation(rootOf(text), [...path])?.parent
  const object = property?.parent
  if (!property || !object) return text
  const siblings = object.children ?? []
  const around = text.slice(object.offset + 1, property.offset) + text.slice(end(property), end(object) - 1)
  if (/^[\s,]*$/.test(around)) return apply(text, [{ from: object.offset, to: end(object), text: '{}' }])
  const next = siblings[siblings.indexOf(property) + 1]
  const before = siblings[siblings.indexOf(property) - 1]
  const commaBehind = commaBetween(text, end(property), next?.offset ?? end(object) - 1)
  const commaBefore = before && commaBehind === null ? commaBetween(text, end(before), property.offset) : null
  const range = lines(text, property.offset, commaBehind === end(property) ? commaBehind + 1 : end(property))
  const commas = [commaBefore, commaBehind].filter((at) => at !== null && (at < range.from || at >= range.to))
  const edits = [range, ...commas.map((at) => ({ from: at ?? 0, to: (at ?? 0) + 1, text: '' }))]
  return apply(
    text,
    edits.toSorted((a, b) => a.from - b.from),
  )
}

/** As `removeJsonValue`; an object on the way in which nothing is left, not even a comment, goes with the value. */
export function removeJsonValueAndEmptied(text: string, path: readonly string[]): string {
  const after = removeJsonValue(text, path)
  const [outer, node] = [path.slice(0, -1), findNodeAtLocation(rootOf(after), path.slice(0, -1))]
  if (after === text || outer.length === 0 || node?.type !== 'object') return after
  const isEmptied = after.slice(node.offset + 1, end(node) - 1).trim() === ''
  return isEmptied ? removeJsonValueAndEmptied(after, outer) : after
}

function insert(text: string, root: Node, path: readonly string[], value: unknown): string {
  let object = root
  let depth = 0
  for (; depth < path.length - 1; depth += 1) {
    const next = findNodeAtLocation(root, path.slice(0, depth + 1))
    if (!next) break
    // What cannot have members is replaced: the caller checks the result against the schema.
    if (next.type !== 'object')
      return setJsonValue(text, path.slice(0, depth + 1), nested(path.slice(depth + 1), value))
    object = next
  }
  const names = path.slice(depth)
  return (object.children ?? []).length === 0 ? fill(text, object, names, value) : append(text, object, names, value)
}

/** Behind the last member, after what else is on its line. */
function append(text: string, object: Node, names: readonly string[], value: unknown): string {
  const layout = layoutOf(text)
  const last = object.children?.at(-1)
  if (!last) return text
  const comma = commaBetween(text, end(last), end(object) - 1)
  const missing = comma === null ? [{ from: end(last), to: end(last), text: ',' }] : []
  const place = endOfLine(text, comma === null ? end(last) : comma + 1, end(object) - 1)
  const comesOnOwnLine = text.slice(0, last.offset).endsWith(layout.lineEnd + indentAt(text, last.offset))
  const indent = comesOnOwnLine ? indentAt(text, last.offset) : indentAt(text, object.offset) + layout.unit
  const printed = isSpread(text, object)
    ? layout.lineEnd + indent + printSpread(names, value, indent, layout)
    : ` ${printInline(nested(names, value)).slice(1, -1).trim()}`
  return apply(text, [...missing, { from: place, to: place, text: printed + (comma === null ? '' : ',') }])
}

/** Into an object without members, which may hold comments. */
function fill(text: string, object: Node, names: readonly string[], value: unknown): string {
  const layout = layoutOf(text)
  const brace = end(object) - 1
  const inner = text.slice(object.offset + 1, brace)
  const isInline = inner.trim() === '' && object.parent !== undefined && !isSpread(text, outermost(object))
  if (isInline) return apply(text, [{ from: object.offset, to: brace + 1, text: printInline(nested(names, value)) }])
  const indent = indentAt(text, object.offset)
  const place = object.offset + 1 + inner.trimEnd().length
  const printed = printSpread(names, value, indent + layout.unit, layout)
  const edited = `${layout.lineEnd}${indent}${layout.unit}${printed}${layout.lineEnd}${indent}`
  return apply(text, [{ from: place, to: brace, text: edited }])
}

function outermost(node: Node): Node {
  return node.parent ? outermost(node.parent) : node
}

/** The offset of the comma between two places, null when there is none. Comments may hold commas of their own. */
function commaBetween(text: string, from: number, to: number): number | null {
  for (const { kind, offset } of tokensBetween(text, from, to)) if (kind === tokens.comma) return offset
  return null
}

/** Behind commas and comments that follow on the same line; before the line break. */
function endOfLine(text: string, from: number, to: number): number {
  let place = from
  for (const { kind, offset, length } of tokensBetween(text, from, to)) {
    if (kind === tokens.lineBreak) break
    if (kind !== tokens.space) place = offset + length
  }
  return place
}

function* tokensBetween(text: string, from: number, to: number) {
  const scanner = createScanner(text, false)
  scanner.setPosition(from)
  for (let kind: number = scanner.scan(); kind !== tokens.end; kind = scanner.scan()) {
    const offset = scanner.getTokenOffset()
    if (offset >= to) return
    yield { kind, offset, length: scanner.getTokenLength() }
  }
}

/** The range, with its whole lines when nothing else is on them, else with the spaces on one side of it. */
function lines(text: string, from: number, to: number): Edit {
  const before = /(^|\r\n?|\n)[ \t]*$/.exec(text.slice(0, from))
  const behind = /^[ \t]*(\r\n?|\n|)/.exec(text.slice(to))
  const [spaces = '', lineEnd] = behind ?? []
  if (before && lineEnd) return { from: before.index + (before[1]?.length ?? 0), to: to + spaces.length, text: '' }
  if (before) return { from, to: to + spaces.length, text: '' }
  return { from: text.slice(0, from).trimEnd().length, to, text: '' }
}

function nested(names: readonly string[], value: unknown): unknown {
  return names.reduceRight((inner: unknown, name) => ({ [name]: inner }), value)
}

function rootOf(text: string): Node {
  const root = parseTree(text, [], { allowTrailingComma: true })
  if (root?.type !== 'object') throw new Error('a JSON text that is no object cannot be edited')
  return root
}

/** In the order of their places. */
function apply(text: string, edits: readonly Edit[]): string {
  let [edited, kept] = ['', 0]
  for (const edit of edits) {
    edited += text.slice(kept, edit.from) + edit.text
    kept = edit.to
  }
  return edited + text.slice(kept)
}

const end = ({ offset, length }: Node): number => offset + length
