// Turns what the schema refused into problems that name file, line, key and the nearest known key.
import { findNodeAtLocation, type Node } from 'jsonc-parser'
import * as z from 'zod'
import type { SettingsProblem } from '../domain/problem.ts'
import { suggest } from '../domain/suggest.ts'
import { configurationSchema } from './configuration-schema.ts'
import { lineAt, settingsProblem, type ProblemDetails } from './settings-problem.ts'

type Path = readonly PropertyKey[]

export function configurationProblems(error: z.ZodError, tree: Node, text: string, file: string): SettingsProblem[] {
  return error.issues
    .flatMap((issue) => issueProblems(issue, tree, text, file))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
}

/** A problem with the value (or, with `atName`, the name) that lies at a path. */
export function problemAt(
  path: Path,
  message: string,
  at: { tree: Node; text: string; file: string; hint?: string | undefined; atName?: boolean },
): SettingsProblem {
  const details: ProblemDetails = {
    line: lineAt(at.text, offsetOf(at.tree, path, at.atName ?? false)),
    hint: at.hint,
  }
  return settingsProblem(at.file, message, path.length === 0 ? details : { ...details, key: dotted(path) })
}

function issueProblems(issue: z.core.$ZodIssue, tree: Node, text: string, file: string): SettingsProblem[] {
  const at = { tree, text, file }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const nearest = nearestKey(issue.path, key)
      const hint = nearest === undefined ? `known here: ${keysAt(issue.path).join(', ')}` : `did you mean ${nearest}?`
      return problemAt([...issue.path, key], 'unknown key', { ...at, hint, atName: true })
    })
  }
  if (issue.code === 'invalid_key') {
    return [problemAt(issue.path, issue.issues[0]?.message ?? issue.message, { ...at, atName: true })]
  }
  return [problemAt(issue.path, wording(issue, issue.path, tree), at)]
}

/** The schema's own words where it has some, else zod's without their opening. */
function wording(issue: z.core.$ZodIssue, path: Path, tree: Node): string {
  const value = findNodeAtLocation(tree, segments(path))
  if (issue.code === 'invalid_value')
    return `expected ${issue.values.map((known) => JSON.stringify(known)).join(' or ')}${suggestion(value, issue.values)}`
  if (issue.code === 'invalid_type' && !value) return 'is missing'
  if (issue.code === 'invalid_union' && 'options' in issue)
    return `expected ${(issue.options as readonly unknown[]).map((known) => JSON.stringify(known)).join(' or ')}`
  return lowerFirst(issue.message.replace(/^Invalid input: |^Invalid /, ''))
}

function suggestion(value: Node | undefined, known: readonly unknown[]): string {
  const nearest =
    typeof value?.value === 'string'
      ? suggest(
          value.value,
          known.filter((name) => typeof name === 'string'),
        )
      : undefined
  return nearest === undefined ? '' : `; did you mean ${JSON.stringify(nearest)}?`
}

/** A known key of the same object, else the full path of a key of this very name elsewhere. */
function nearestKey(path: Path, key: string): string | undefined {
  const near = suggest(key, keysAt(path))
  if (near !== undefined) return dotted([...path, near])
  return allKeys(jsonSchema(), []).find((known) => known.endsWith(`.${key}`))
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly oneOf?: readonly JsonSchema[]
}

/** The schema as plain data; made when something is wrong only. */
function jsonSchema(): JsonSchema {
  return z.toJSONSchema(configurationSchema, { io: 'input' }) as JsonSchema // a JSON Schema has these members with these types
}

/** The keys that are known in the object at a path. */
function keysAt(path: Path): readonly string[] {
  let schemas: readonly JsonSchema[] = [jsonSchema()]
  for (const step of path) schemas = schemas.flatMap((schema) => below(schema, step))
  return [...new Set(schemas.flatMap(alternatives).flatMap((schema) => Object.keys(schema.properties ?? {})))]
}

function below(schema: JsonSchema, step: PropertyKey): readonly JsonSchema[] {
  return alternatives(schema).flatMap(({ properties, additionalProperties, items }) => {
    if (typeof step === 'number') return items ?? []
    return properties?.[String(step)] ?? (typeof additionalProperties === 'object' ? additionalProperties : [])
  })
}

const alternatives = (schema: JsonSchema): readonly JsonSchema[] => schema.oneOf ?? [schema]

function allKeys(schema: JsonSchema, path: Path): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => [
    dotted([...path, key]),
    ...allKeys(inner, [...path, key]),
  ])
}

function offsetOf(tree: Node, path: Path, atName: boolean): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(tree, segments(path.slice(0, length)))
    if (!node) continue
    const isProperty = node.parent?.type === 'property'
    return atName && isProperty ? (node.parent?.offset ?? node.offset) : node.offset
  }
  return tree.offset
}

const segments = (path: Path): (string | number)[] =>
  path.map((step) => (typeof step === 'number' ? step : String(step)))
/** Keys with dots or slashes of their own stand in quotes. */
const dotted = (path: Path): string =>
  path
    .map((step) =>
      typeof step === 'number'
        ? `[${step}]`
        : /^[\w-]+$/.test(String(step))
          ? `.${String(step)}`
          : `[${JSON.stringify(step)}]`,
    )
    .join('')
    .replace(/^\./, '')
const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
