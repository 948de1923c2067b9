// Reads TypeScript sources into the graph of modules that the architecture rules judge; type-only imports count.
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { parseSync } from 'oxc-parser'

export interface Import {
  readonly specifier: string
  /** Path of the imported module from the root of the project; undefined for packages and Node modules. */
  readonly target: string | undefined
  /** True when nothing is loaded at run time. */
  readonly typeOnly: boolean
}

export interface Module {
  readonly path: string
  readonly source: string
  readonly imports: readonly Import[]
  /** True when the module that it imports is known only at run time. */
  readonly hasComputedImport: boolean
  readonly hasDefaultExport: boolean
  /** Names handed on from other modules, and names of its own. */
  readonly reExports: number
  readonly ownExports: number
  /** Whether it turns a `Secret` back into text. */
  readonly reveals: boolean
  /** What it takes from the outside world by itself: `process`, `Date.now()`, `console` … */
  readonly outside: readonly string[]
}

/** Modules by path, such as `src/domain/state.ts`. */
export type Graph = ReadonlyMap<string, Module>

/** The graph of every .ts file under `folder` of the project at `root`. */
export function readGraph(root: string, folder: string): Graph {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name): [string, string] => [posix.join(folder, name), readFileSync(join(root, folder, name), 'utf8')])
  return graphOf(Object.fromEntries(files))
}

/** The graph of sources in memory, by path. */
export function graphOf(sources: Readonly<Record<string, string>>): Graph {
  return new Map(Object.entries(sources).map(([path, source]) => [path, parseModule(path, source)]))
}

function parseModule(path: string, source: string): Module {
  const { program, module, errors } = parseSync(path, source)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message ?? 'does not parse'}`)
  const imports: Import[] = []
  const add = (specifier: string, typeOnly: boolean): void => {
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined
    imports.push({ specifier, target, typeOnly })
  }
  for (const { moduleRequest, entries } of module.staticImports) {
    add(moduleRequest.value, entries.length > 0 && entries.every((entry) => entry.isType))
  }
  const exported = module.staticExports.flatMap((statement) => statement.entries)
  for (const { moduleRequest, isType } of exported) if (moduleRequest) add(moduleRequest.value, isType)

  let hasDefaultExport = exported.some(({ exportName }) => exportName.name === 'default')
  let hasComputedImport = false
  let reveals = false
  const outside = new Set<string>()
  walk(program, (node) => {
    const wanted = isNode(node['source']) ? node['source']['value'] : undefined
    if (node.type === 'ImportExpression' && typeof wanted === 'string') add(wanted, false)
    if (node.type === 'TSImportType' && typeof wanted === 'string') add(wanted, true)
    hasComputedImport ||= node.type === 'ImportExpression' && typeof wanted !== 'string'
    hasDefaultExport ||= node.type === 'ExportDefaultDeclaration'
    reveals ||= memberOf(node) === 'reveal'
    const name = outsideName(node)
    if (name) outside.add(name)
  })
  return {
    path,
    source,
    imports,
    hasComputedImport,
    hasDefaultExport,
    reveals,
    reExports: exported.filter((entry) => entry.moduleRequest).length,
    ownExports: exported.filter((entry) => !entry.moduleRequest).length,
    outside: [...outside],
  }
}

interface AstNode {
  readonly type: string
  readonly [key: string]: unknown
}

function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/** Calls `visit` for every node but plain names: of members, keys and types. */
function walk(node: unknown, visit: (node: AstNode) => void): void {
  if (Array.isArray(node)) {
    for (const child of node) walk(child, visit)
  } else if (isNode(node)) {
    visit(node)
    const isName = node['computed'] === false && node['shorthand'] !== true
    for (const [key, child] of Object.entries(node)) {
      if (!(isName && (key === 'property' || key === 'key'))) walk(child, visit)
    }
  }
}

/** `b` of `a.b` and `a['b']`. */
function memberOf(node: AstNode): unknown {
  const property = node['property']
  if (node.type !== 'MemberExpression' || !isNode(property)) return undefined
  return node['computed'] === true ? property['value'] : property['name']
}

const outsideGlobals = ['process', 'console', 'globalThis']
const outsideMembers = ['Date.now', 'Math.random', 'performance.now']

function outsideName(node: AstNode): string | undefined {
  if (node.type === 'Identifier') return outsideGlobals.find((name) => name === node['name'])
  const object = node['object']
  const property = node['property']
  if (node.type === 'MemberExpression' && isNode(object) && isNode(property)) {
    const name = `${String(object['name'])}.${String(property['name'] ?? property['value'])}`
    return outsideMembers.find((member) => member === name)
  }
  const callee = node['callee']
  const isClockRead = node.type === 'NewExpression' && isNode(callee) && callee['name'] === 'Date'
  return isClockRead && Array.isArray(node['arguments']) && node['arguments'].length === 0 ? 'new Date()' : undefined
}
