// Reads the text of traseai.json: JSON with comments and trailing commas in, a configuration or problems with their lines out.
import { createScanner, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser'
import { issueWords } from '../domain/issue-words.ts'
import type { SettingsProblem } from '../domain/problem.ts'
import { configurationProblems } from './configuration-problems.ts'
import { configurationSchema, resolveConfiguration, type Configuration } from './configuration-schema.ts'
import { contradictions } from './configuration-contradictions.ts'
import { lineAt, settingsProblem } from './settings-problem.ts'

export type ParsedConfiguration =
  | { readonly ok: true; readonly value: Configuration; readonly warnings: readonly SettingsProblem[] }
  | { readonly ok: false; readonly problems: readonly SettingsProblem[] }

export const configurationBytesMax = 1_048_576
/** The schema is 5 deep; the parser is recursive and must not run out of stack. */
const depthMax = 32
/** A file with more is not worth more words. */
const problemsMax = 20
/** jsonc-parser's SyntaxKind, a const enum that exists in its types only. */
const tokens = { brace: 1, braceEnd: 2, bracket: 3, bracketEnd: 4, end: 17 } as const
/** Names that would reach into JavaScript's own objects. */
const reservedNames = new Set(['__proto__', 'constructor', 'prototype'])

/** @param file the path that problems name */
export function parseConfiguration(text: string, file: string): ParsedConfiguration {
  const json = text.replace(/^\uFEFF/, '')
  if (json.trim() === '')
    return refused([settingsProblem(file, 'is empty', { line: 1, hint: 'write {} or remove the file' })])
  const tooDeep = offsetTooDeep(json)
  if (tooDeep !== null) {
    return refused([settingsProblem(file, `nested more than ${depthMax} deep`, { line: lineAt(json, tooDeep) })])
  }
  const errors: ParseError[] = []
  const tree = parseTree(json, errors, { allowTrailingComma: true })
  const syntax = errors.slice(0, problemsMax).map((error) => syntaxProblem(json, file, error))
  if (!tree || syntax.length > 0) return refused(syntax)
  const names = nameProblems(tree, json, file)
  if (names.length > 0) return refused(names)
  const checked = configurationSchema.safeParse(valueOf(tree), { error: issueWords })
  if (!checked.success) return refused(configurationProblems(checked.error, tree, json, file))
  const value = resolveConfiguration(checked.data)
  const { errors: contrary, warnings } = contradictions(value, tree, json, file)
  return contrary.length > 0 ? refused(contrary) : { ok: true, value, warnings }
}

function refused(problems: readonly SettingsProblem[]): ParsedConfiguration {
  return { ok: false, problems: problems.slice(0, problemsMax) }
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
    const [line, keyPath] = [lineAt(text, name.offset), [...path, key]]
    const first = seen.get(key)
    if (first !== undefined)
      found.push(
        settingsProblem(file, `set twice; the first one is on line ${first}`, { line, key: keyPath.join('.') }),
      )
    if (reservedNames.has(key))
      found.push(settingsProblem(file, 'this name cannot be used', { line, key: keyPath.join('.') }))
    seen.set(key, first ?? line)
    found.push(...nameProblems(value, text, file, keyPath))
  }
  return found
}

/** The value of a tree whose names have been checked; depth is limited, so recursion is safe. */
function valueOf(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(valueOf)
  if (node.type !== 'object') return node.value as unknown
  return Object.fromEntries(
    (node.children ?? []).map(({ children: [name, value] = [] }) => [String(name?.value), value && valueOf(value)]),
  )
}
