// Reads JSON as a tree that knows its places, or says on which line it is broken; used where people edit JSON by hand.
import { createScanner, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser'
import type { SettingsProblem } from '../domain/problem.ts'
import { lineAt, settingsProblem } from './settings-problem.ts'

/** What is read is at most 5 deep; the parser is recursive and must not run out of stack. */
const depthMax = 32
/** jsonc-parser's SyntaxKind, a const enum that exists in its types only. */
export const tokens = {
  brace: 1,
  braceEnd: 2,
  bracket: 3,
  bracketEnd: 4,
  comma: 5,
  lineBreak: 14,
  space: 15,
  end: 17,
} as const
/** Names that would reach into JavaScript's own objects. */
const reservedNames = new Set(['__proto__', 'constructor', 'prototype'])

export type JsonTree =
  | { readonly ok: true; readonly tree: Node; readonly text: string }
  | { readonly ok: false; readonly problems: readonly SettingsProblem[] }

/**
 * Trailing commas are fine, names that are set twice are not. No problem holds a value of the text; those about names
 * hold the name, in `key` alone.
 * @param file the path that problems name
 */
export function readJsonTree(
  source: string,
  file: string,
  { comments, problemsMax }: { readonly comments: boolean; readonly problemsMax: number },
): JsonTree {
  const text = source.replace(/^\uFEFF/, '')
  const refused = (problems: readonly SettingsProblem[]): JsonTree => {
    return { ok: false, problems: problems.slice(0, problemsMax) }
  }
  if (text.trim() === '') return refused([settingsProblem(file, 'is empty', { line: 1 })])
  const tooDeep = offsetTooDeep(text)
  if (tooDeep !== null) {
    return refused([settingsProblem(file, `nested more than ${depthMax} deep`, { line: lineAt(text, tooDeep) })])
  }
  const errors: ParseError[] = []
  const tree = parseTree(text, errors, { allowTrailingComma: true, disallowComments: !comments })
  const syntax = errors.slice(0, problemsMax).map((error) => syntaxProblem(text, file, error))
  if (!tree || syntax.length > 0) return refused(syntax)
  const names = nameProblems(tree, text, file)
  return names.length > 0 ? refused(names) : { ok: true, tree, text }
}

/** The offset of the first bracket that lies too deep, found without recursion; null when none does. */
function offsetTooDeep(text: string): number | null {
  const scanner = createScanner(text, true)
  let depth = 0
  for (let token = scanner.scan(); token !== tokens.end; token = scanner.scan()) {
    if (token === tokens.brace || token === tokens.bracket) depth += 1
    if (token === tokens.braceEnd || token === tokens.bracketEnd) depth -= 1
    if (depth > depthMax) return scanner.getTokenOffset()
  }
  return null
}

function syntaxProblem(text: string, file: string, { error, offset }: ParseError): SettingsProblem {
  const words = printParseErrorCode(error).replace(
    /[A-Z]/g,
    (letter, index: number) => `${index === 0 ? '' : ' '}${letter.toLowerCase()}`,
  )
  return settingsProblem(file, `broken syntax: ${words}`, { line: lineAt(text, offset) })
}

/** Names that occur twice in one object, and names no setting may have. */
function nameProblems(node: Node, text: string, file: string, path: readonly string[] = []): SettingsProblem[] {
  const found: SettingsProblem[] = []
  const seen = new Map<string, number>()
  for (const [index, child] of (node.children ?? []).entries()) {
    if (node.type !== 'object') {
      found.push(...nameProblems(child, text, file, [...path, String(index)]))
      continue
    }
    const [name, value] = child.children ?? []
    if (!name || !value) continue
    const key = String(name.value)
    const keyPath = [...path, key]
    const problem = (message: string): SettingsProblem =>
      settingsProblem(file, message, { line: lineAt(text, name.offset), key: keyPath.join('.') })
    const first = seen.get(key)
    if (first !== undefined) found.push(problem(`set twice; the first one is on line ${lineAt(text, first)}`))
    if (reservedNames.has(key)) found.push(problem('this name cannot be used'))
    seen.set(key, first ?? name.offset)
    found.push(...nameProblems(value, text, file, keyPath))
  }
  return found
}

/** The value of a tree whose names have been checked; depth is limited, so recursion is safe. */
export function jsonValue(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(jsonValue)
  if (node.type !== 'object') return node.value as unknown
  return Object.fromEntries(
    (node.children ?? []).map(({ children: [name, value] = [] }) => [String(name?.value), value && jsonValue(value)]),
  )
}
