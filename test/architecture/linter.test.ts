// The linter bans the same imports as the architecture rules, so that an editor shows them while they are typed.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { groundFloor, owned, ownersOf, roomNames, rooms } from './rooms.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Case {
  readonly from: string
  readonly statement: string
  readonly allowed: boolean
}

const typeImport = (specifier: string): string => `import type { X } from '${specifier}'`

/** Every room and every ground floor file or other room. */
const betweenRooms = roomNames.flatMap((from): Case[] => {
  const imports: readonly string[] = rooms[from].imports
  const ground = groundFloor.map((to) => ({
    specifier: `../${to}.ts`,
    allowed: to === 'version' || imports.includes(to),
  }))
  const others = roomNames
    .filter((to) => to !== from)
    .map((to) => ({ specifier: `../${to}/some-file.ts`, allowed: imports.includes(to) }))
  return [...ground, ...others].map(({ specifier, allowed }) => ({ from, statement: typeImport(specifier), allowed }))
})

/** Every room and every package or Node module with an owner. */
const ofModules = roomNames.flatMap((from): Case[] =>
  Object.keys(owned).map((name) => ({
    from,
    statement: ownersOf(name)?.typesForAll ? `import { X } from '${name}'` : typeImport(name),
    allowed: ownersOf(name)?.rooms.includes(from) ?? false,
  })),
)

const oneByOne: readonly Case[] = [
  { from: 'domain', statement: typeImport('node:os'), allowed: false },
  { from: 'login', statement: typeImport('node:child_process'), allowed: true },
  { from: 'client', statement: "import { x } from '../protocol/contract.ts'", allowed: false },
  { from: 'cli', statement: "import { x } from '../protocol/contract.ts'", allowed: false },
  { from: 'cli', statement: "import { x } from '../client/call.ts'", allowed: true },
  { from: 'cli/commands/models', statement: typeImport('../../../vault/secret.ts'), allowed: false },
  { from: '.', statement: typeImport('zod'), allowed: false },
  { from: '.', statement: typeImport('./domain/ids.ts'), allowed: false },
  { from: '.', statement: typeImport('./errors.ts'), allowed: true },
  { from: '.', statement: typeImport('node:os'), allowed: true },
]

/** Rules other than import bans, by a source that breaks each. */
const brokenSources: Readonly<Record<string, string>> = {
  'no-default-export': 'export default 1\n',
  'no-console': "console.log('x')\n",
  'no-restricted-globals': 'export const a = process.pid\n',
  'no-restricted-properties': 'export const a = Date.now()\n',
  'no-empty': 'try {\n  globalThis.x()\n} catch {}\n',
  'max-lines': '// x\n'.repeat(301),
  'max-lines-per-function': `export function a() {\n${'  // x\n'.repeat(70)}}\n`,
}

interface Diagnostic {
  readonly code: string
  readonly filename: string
}

let folder = ''
let diagnostics: readonly Diagnostic[] = []
const cases = [...betweenRooms, ...ofModules, ...oneByOne]
const caseFile = (index: number): string => `src/${cases[index]?.from ?? ''}/case-${index}.ts`

/** The linter's rules that object to a file. */
const objections = (path: string): string[] =>
  diagnostics.flatMap(({ code, filename }) => (filename.endsWith(join('/', path)) ? [code] : []))

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'traseai-linter-'))
  const write = (path: string, source: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), source)
  }
  for (const [index, { statement }] of cases.entries()) write(caseFile(index), `${statement}\nexport type Y = X\n`)
  for (const [rule, source] of Object.entries(brokenSources)) write(`src/vault/${rule}.ts`, source)
  write('src/domain/circle-a.ts', "import type { B } from './circle-b.ts'\nexport interface A { b: B }\n")
  write('src/domain/circle-b.ts', "import type { A } from './circle-a.ts'\nexport interface B { a: A }\n")
  const { stdout } = spawnSync(
    join(root, 'node_modules/.bin/oxlint'),
    ['-c', join(root, '.ci/oxlintrc.json'), '-f', 'json', join(folder, 'src')],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  )
  diagnostics = (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the linter', () => {
  it('bans every import that the plan of the house bans, and no other', () => {
    const disagreements = cases.flatMap(({ from, statement, allowed }, index) => {
      const banned = objections(caseFile(index)).some((code) => code.includes('no-restricted-imports'))
      return banned === !allowed ? [] : [`${from}: ${statement} is ${banned ? 'banned' : 'allowed'}`]
    })
    expect(disagreements).toEqual([])
  })

  it.each(Object.keys(brokenSources))('rejects a file that breaks %s', (rule) => {
    expect(objections(`src/vault/${rule}.ts`)).toContainEqual(expect.stringContaining(`(${rule})`))
  })

  it('sees a cycle of type-only imports', () => {
    expect(objections('src/domain/circle-a.ts')).toContainEqual(expect.stringContaining('(no-cycle)'))
  })
})
