// What the CLI's bundle holds, read from the bundler's own list: it is small because it asks the gateway for everything.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Metafile } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { bannedFromCli } from '../../.ci/cli-bundle.mjs'

const metafilePath = fileURLToPath(new URL('../../dist/meta-cli.json', import.meta.url))

/** A bundler's list from `importer: imports`. */
function metafileOf(imports: Readonly<Record<string, readonly string[]>>): Metafile {
  const inputs = Object.entries(imports).map(([path, targets]): [string, Metafile['inputs'][string]] => [
    path,
    { bytes: 1, imports: targets.map((target) => ({ path: target, kind: 'import-statement' })) },
  ])
  return { inputs: Object.fromEntries(inputs), outputs: {} }
}

describe("the CLI's bundle", () => {
  it('holds nothing of the gateway, no zod, no native package and no HTTP', () => {
    const metafile = JSON.parse(readFileSync(metafilePath, 'utf8')) as Metafile
    expect(Object.keys(metafile.inputs)).toContain('src/cli/main.ts')
    expect(bannedFromCli(metafile)).toEqual([])
  })

  it('leaves the dialogues to a bundle of their own, which may hold what asks people but no zod either', () => {
    const own = metafileOf({ 'src/cli/interactive/main.ts': ['node_modules/@clack/prompts/dist/index.mjs'] })
    expect(bannedFromCli(own, 'src/cli/interactive/main.ts')).toEqual([])
    const heavy = metafileOf({ 'src/cli/interactive/main.ts': ['node_modules/zod/v4/index.js'] })
    expect(bannedFromCli(heavy, 'src/cli/interactive/main.ts')).toHaveLength(1)
  })

  it.each([
    'node_modules/zod/v4/index.js',
    'node_modules/undici/index.js',
    'better-sqlite3',
    'koffi',
    'node:http',
    'http',
    'src/vault/secret.ts',
    'src/daemon/main.ts',
    'src/cli/interactive/main.ts',
    'node_modules/@clack/prompts/dist/index.mjs',
  ])('would be refused with %s, naming the way it came in', (path) => {
    const metafile = metafileOf({ 'src/cli/main.ts': ['src/cli/a.ts'], 'src/cli/a.ts': [path] })
    expect(bannedFromCli(metafile)).toEqual([expect.stringContaining(`src/cli/main.ts -> src/cli/a.ts -> ${path}`)])
  })
})
