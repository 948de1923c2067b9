// The rules of the house, each with its reason and with an example that it must reject.
import { basename } from 'node:path'
import type { Graph, Import, Module } from './import-graph.ts'
import { groundFloor, ownersOf, revealing, type Room, roomOf, rooms } from './rooms.ts'

export interface Rule {
  readonly rule: string
  readonly reason: string
  /** One line for each violation. */
  readonly violations: (graph: Graph) => readonly string[]
  /** Sources by path that break this rule. */
  readonly example: Readonly<Record<string, string>>
}

const room = (path: string): Room | undefined =>
  Object.hasOwn(rooms, roomOf(path)) ? (roomOf(path) as Room) : undefined
const isGround = (path: string): boolean => groundFloor.some((name) => path === `src/${name}.ts`)

/** A rule about each import by itself. */
const eachImport =
  (problem: (from: Module, wanted: Import) => string | undefined) =>
  (graph: Graph): string[] =>
    [...graph.values()].flatMap((module) =>
      module.imports.flatMap((wanted) => {
        const found = problem(module, wanted)
        return found === undefined ? [] : [`${module.path} -> ${wanted.specifier}: ${found}`]
      }),
    )

/** A rule about each file by itself. */
const eachFile =
  (problem: (module: Module) => string | undefined) =>
  (graph: Graph): string[] =>
    [...graph.values()].flatMap((module) => {
      const found = problem(module)
      return found === undefined ? [] : [`${module.path}: ${found}`]
    })

/** The shortest way along value imports from `start` to a module or package that `isGoal` names. */
function wayTo(graph: Graph, start: string, isGoal: (name: string) => boolean): string[] | undefined {
  const ways = new Map<string, string[]>([[start, [start]]])
  for (const [path, way] of ways) {
    for (const { specifier, target, typeOnly } of graph.get(path)?.imports ?? []) {
      if (typeOnly) continue
      const next = target ?? specifier
      if (isGoal(next)) return [...way, next]
      if (!ways.has(next)) ways.set(next, [...way, next])
    }
  }
  return undefined
}

/** Every cycle once, as the modules on it; found by depth-first search. */
function cycles(graph: Graph): string[] {
  const found: string[] = []
  const finished = new Set<string>()
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path)
    if (start >= 0) found.push([...way.slice(start), path].join(' -> '))
    if (start >= 0 || finished.has(path)) return
    for (const { target } of graph.get(path)?.imports ?? []) if (target) visit(target, [...way, path])
    finished.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return found
}

export const rules: readonly Rule[] = [
  {
    rule: 'every file lies in a room, or on the ground floor',
    reason: 'a corridor between the rooms is where boundaries get lost',
    violations: eachFile(({ path }) => (room(path) || isGround(path) ? undefined : 'no such room')),
    example: { 'src/helpers/text.ts': '// Text.\n' },
  },
  {
    rule: 'every import leads to a file that is there',
    reason: 'otherwise the other rules judge a graph with holes',
    violations: (graph) =>
      eachImport((_from, { target }) => (target && !graph.has(target) ? 'no such file' : undefined))(graph),
    example: { 'src/domain/a.ts': "// A.\nimport { b } from './b.ts'\n" },
  },
  {
    rule: 'every import names its module',
    reason:
      'a path that is known only at run time is an edge that no rule sees; only the daemon is loaded so, as a bundle',
    violations: eachFile(({ path, hasComputedImport }) =>
      hasComputedImport && path !== 'src/cli/commands/gateway/run.ts' ? 'computes the path of an import' : undefined,
    ),
    example: { 'src/cli/a.ts': '// A.\nexport const load = (path: string) => import(path)\n' },
  },
  {
    rule: 'imports point inwards',
    reason: 'see the reason of each room in the plan',
    violations: eachImport((from, { target }) => {
      const [own, other] = [room(from.path), target === undefined ? undefined : roomOf(target)]
      if (own === undefined || other === undefined || own === other) return undefined
      const allowed: readonly string[] = rooms[own].imports
      return allowed.includes(other) ? undefined : rooms[own].reason
    }),
    example: {
      'src/domain/a.ts': "// A.\nimport type { B } from '../storage/b.ts'\n",
      'src/storage/b.ts': '// B.\nexport interface B {}\n',
    },
  },
  {
    rule: 'the ground floor stands on nothing but itself and Node',
    reason: 'every room pays for what it loads',
    violations: eachImport((from, { specifier, target }) => {
      const fine = target === undefined ? specifier.startsWith('node:') : isGround(target)
      return isGround(from.path) && !fine ? 'not on the ground floor' : undefined
    }),
    example: { 'src/errors.ts': "// Errors.\nimport * as z from 'zod'\n" },
  },
  {
    rule: 'a package or Node module is imported only by the rooms that own it',
    reason: 'what one room knows, the others need not learn, load or replace',
    violations: eachImport((from, { specifier, target, typeOnly }) => {
      const own = room(from.path)
      if (own === undefined || target !== undefined) return undefined
      const owner = ownersOf(specifier)
      if (owner === undefined) return specifier.startsWith('node:') ? undefined : 'the plan names no room for it'
      return owner.rooms.includes(own) || (typeOnly && owner.typesForAll) ? undefined : owner.reason
    }),
    example: { 'src/gateway/a.ts': "// A.\nimport Database from 'better-sqlite3'\n" },
  },
  {
    rule: 'the domain uses no Node module',
    reason: rooms.domain.reason,
    violations: eachImport((from, { specifier }) =>
      room(from.path) === 'domain' && specifier.startsWith('node:') ? 'not pure' : undefined,
    ),
    example: { 'src/domain/a.ts': "// A.\nimport { hostname } from 'node:os'\n" },
  },
  {
    rule: 'the CLI and the client reach zod only through types',
    reason: 'loading zod costs 17 to 30 ms at each start',
    violations: (graph) =>
      [...graph.keys()]
        .filter((path) => room(path) === 'cli' || room(path) === 'client')
        .flatMap((path) => wayTo(graph, path, (name) => /^zod(\/|$)/.test(name))?.join(' -> ') ?? []),
    example: {
      'src/cli/a.ts': "// A.\nimport { schema } from '../domain/b.ts'\n",
      'src/domain/b.ts': "// B.\nimport * as z from 'zod'\nexport const schema = z.string()\n",
    },
  },
  {
    rule: 'no import cycles, type-only ones included',
    reason: 'files on a cycle can only be understood together',
    violations: cycles,
    example: {
      'src/domain/a.ts': "// A.\nimport type { B } from './b.ts'\nexport interface A { b: B }\n",
      'src/domain/b.ts': "// B.\nimport { type A } from './a.ts'\nexport interface B { a: A }\n",
    },
  },
  {
    rule: 'no barrels',
    reason: 'a file that only hands on names hides who needs what, and loads all of it',
    violations: eachFile(({ path, reExports, ownExports }) =>
      basename(path) === 'index.ts' || (reExports > 0 && ownExports === 0) ? 'a barrel' : undefined,
    ),
    example: { 'src/domain/all.ts': "// All.\nexport { a } from './a.ts'\nexport type { B } from './b.ts'\n" },
  },
  {
    rule: 'no default exports',
    reason: 'a thing has one name everywhere',
    violations: eachFile(({ hasDefaultExport }) => (hasDefaultExport ? 'exports a default' : undefined)),
    example: { 'src/domain/a.ts': '// A.\nexport default function a() {}\n' },
  },
  {
    rule: 'files are named in kebab case for their one job',
    reason: 'nobody knows what belongs into a file called utils, and what does not',
    violations: eachFile(({ path }) => {
      const name = basename(path, '.ts')
      if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return 'not kebab case'
      return /(^|-)(utils?|helpers?|common|shared|manager|service|misc)$|^index$/.test(name)
        ? 'names no job'
        : undefined
    }),
    example: { 'src/domain/key-utils.ts': '// Keys.\n' },
  },
  {
    rule: 'a file has 300 lines at most',
    reason: 'a longer one is two files',
    violations: eachFile(({ source }) => {
      const lines = source.trimEnd().split('\n').length
      return lines > 300 ? `${lines} lines` : undefined
    }),
    example: { 'src/domain/a.ts': `// A.\n${'export {}\n'.repeat(300)}` },
  },
  {
    rule: 'a file opens with one sentence: its job',
    reason: 'a reader learns from the first line whether this is the right file',
    violations: eachFile(({ source }) => (/^(\/\/ |\/\*\*? ).*\S/.test(source) ? undefined : 'no opening comment')),
    example: { 'src/domain/a.ts': 'export const a = 1\n' },
  },
  {
    rule: 'a secret is seen in the clear by the vault, and by the listed files that send it on',
    reason:
      'each further one is a place where a key can reach a log, an event or an error; take what you need from the vault',
    violations: eachFile(({ path, reveals }) => {
      const isListed = Object.hasOwn(revealing, path)
      if (reveals) return isListed || room(path) === 'vault' ? undefined : 'calls reveal()'
      return isListed ? 'is listed and does not call reveal()' : undefined
    }),
    example: {
      'src/daemon/a.ts':
        "// A.\nimport type { Secret } from '../vault/secret.ts'\nexport const a = (secret?: Secret) => secret?.reveal()\n",
    },
  },
  {
    rule: 'clock, randomness, environment and streams come from Host',
    reason: 'what is a parameter can be chosen by a test',
    violations: eachFile(({ path, outside }) =>
      outside.length > 0 && path !== 'src/host.ts' ? `uses ${outside.join(', ')}` : undefined,
    ),
    example: { 'src/domain/a.ts': '// A.\nexport const a = () => new Date().getTime()\n' },
  },
]
