// Bundles a TypeScript file into a script that Node 20 runs: for tests and benchmarks that need a process of their own.
// @ts-check
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))

/**
 * The script's path, inside the project so that it finds the native packages, and the way to remove it.
 * @param {string} entry path of the TypeScript file, from the project's root
 */
export async function bundleScript(entry) {
  const cache = join(root, 'node_modules', '.cache')
  await mkdir(cache, { recursive: true })
  const directory = await mkdtemp(join(cache, 'traseai-'))
  const path = join(directory, basename(entry).replace(/\.ts$/, '.mjs'))
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: path,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    packages: 'external',
    define: { __TRASEAI_VERSION__: JSON.stringify(version) },
    logLevel: 'warning',
  })
  return { path, remove: () => rm(directory, { recursive: true, force: true }) }
}
