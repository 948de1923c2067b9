// The house stands as planned: every rule holds for the real import graph, and every rule can say no.
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { graphOf, readGraph } from './import-graph.ts'
import { roomOf } from './rooms.ts'
import { rules } from './rules.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const graph = readGraph(root, 'src')

for (const { rule, violations, reason, example } of rules) {
  describe(rule, () => {
    it('holds for every file of src/', () => {
      expect(violations(graph), reason).toEqual([])
    })

    it('rejects its example', () => {
      expect(violations(graphOf(example))).not.toEqual([])
    })
  })
}

describe('the import graph', () => {
  it('covers every file of src/, and its imports', () => {
    const rooms = readdirSync(`${root}/src`, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const covered = new Set([...graph.keys()].map(roomOf))
    expect(rooms.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([])
    const targets = new Set(
      [...graph.values()].flatMap((module) => module.imports.flatMap(({ target }) => target ?? [])),
    )
    expect(targets.size).toBeGreaterThan(10)
  })

  it.each([
    ['a type import', "import type { B } from './b.ts'", true],
    ['an inline type import', "import { type B, type C } from './b.ts'", true],
    ['a mixed import', "import { type B, c } from './b.ts'", false],
    ['an import for its effects', "import './b.ts'", false],
    ['a re-export', "export { b } from './b.ts'", false],
    ['a re-export of everything', "export * from './b.ts'", false],
    ['a type re-export', "export type { B } from './b.ts'", true],
    ['a dynamic import', "export const b = () => import('./b.ts')", false],
    ['an import type', "export let b: import('./b.ts').B", true],
  ])('sees %s', (_name, source, typeOnly) => {
    const module = graphOf({ 'src/domain/a.ts': source }).get('src/domain/a.ts')
    expect(module?.imports).toEqual([{ specifier: './b.ts', target: 'src/domain/b.ts', typeOnly }])
  })

  it.each([
    ['secret.reveal()', true],
    ['secret?.reveal()', true],
    ["secret['reveal']()", true],
    ['secrets.map((secret) => secret.reveal)', true],
    ['{ reveal: true }', false],
    ['reveal(secret)', false],
  ])('knows whether %s turns a secret into text', (expression, reveals) => {
    expect(graphOf({ 'src/a.ts': `export const a = ${expression}` }).get('src/a.ts')?.reveals).toBe(reveals)
  })

  it.each([
    ['process.env', ['process']],
    ["process['env']", ['process']],
    ['Date.now()', ['Date.now']],
    ['new Date()', ['new Date()']],
    ['Math.random()', ['Math.random']],
    ['console.log(1)', ['console']],
    ['globalThis.process', ['globalThis']],
    ['new Date(5)', []],
    ['row.process', []],
    ['({ process: 1 })', []],
  ])('knows whether %s reaches outside', (expression, outside) => {
    expect(graphOf({ 'src/a.ts': `export const a = ${expression}` }).get('src/a.ts')?.outside).toEqual(outside)
  })
})
