// Bundles what is shipped: the CLI, the daemon and the storage thread, each on its own; `npm ci` runs it (prepare).
// @ts-check
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bannedFromCli } from './cli-bundle.mjs'
import { thirdPartyNotices } from './notices.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))

/** Native packages cannot be bundled, so they are the only dependencies at run time. */
const native = ['better-sqlite3', 'koffi']

/** Bundled CommonJS packages call `require` for Node's own modules, which an ES module has not got. */
const requireBanner = `import { createRequire as createRequire_ } from 'node:module'\nconst require = createRequire_(import.meta.url)`

/** @satisfies {import('esbuild').BuildOptions} */
const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  define: { __TRASEAI_VERSION__: JSON.stringify(version) },
  legalComments: 'none', // the notices of every bundled package go into one file instead
  metafile: true,
  write: false,
  logLevel: 'warning',
}

/** @satisfies {import('esbuild').BuildOptions} */
const esModule = {
  ...shared,
  format: 'esm',
  external: native,
  banner: { js: requireBanner },
  sourcemap: 'linked',
  sourcesContent: false,
}

const bundles = [
  // CommonJS and minified, because the CLI is judged by how fast it starts.
  { ...shared, entryPoints: ['src/cli/main.ts'], outfile: 'dist/cli.cjs', format: 'cjs', minify: true },
  { ...esModule, entryPoints: ['src/daemon/main.ts'], outfile: 'dist/daemon.mjs' },
  { ...esModule, entryPoints: ['src/storage/thread.ts'], outfile: 'dist/storage-thread.mjs' },
].filter((bundle) => bundle.entryPoints.every((entry) => existsSync(join(root, entry))))

/** Renames into place, so that a program that starts during a build never sees half a file. */
async function replaceFile(path, contents) {
  const temporary = `${path}.${process.pid}.tmp`
  await writeFile(temporary, contents)
  await rename(temporary, path)
}

const results = await Promise.all(bundles.map((bundle) => build(/** @type {any} */ (bundle))))
await mkdir(dist, { recursive: true })
for (const [index, { metafile, outputFiles = [] }] of results.entries()) {
  if (bundles[index]?.outfile === 'dist/cli.cjs') {
    const chains = bannedFromCli(metafile)
    if (chains.length > 0) {
      process.stderr.write(`the CLI's bundle must start fast and touch no state, but it holds:\n${chains.join('\n')}\n`)
      process.exitCode = 1
    }
    await replaceFile(join(dist, 'meta-cli.json'), JSON.stringify(metafile))
  }
  for (const file of outputFiles) await replaceFile(file.path, file.contents)
}
await replaceFile(join(dist, 'THIRD-PARTY-NOTICES.txt'), await thirdPartyNotices(root, results))
