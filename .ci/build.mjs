// Bundles what is shipped: the CLI, its dialogues, the daemon, the storage thread and the one of backups, each on its own; `npm ci` runs it (prepare).
// @ts-check
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bannedFromCli, cliEntries } from './cli-bundle.mjs'
import { compiledCli } from './compiled-cli.mjs'
import { compiledDaemon } from './compiled-daemon.mjs'
import { lazyBuiltins } from './lazy-builtins.mjs'
import { thirdPartyNotices } from './notices.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))

/** Native packages cannot be bundled, so they are the only dependencies at run time. */
const native = ['better-sqlite3', 'koffi', 'node-pty']

/** @type {import('esbuild').BuildOptions} */
const commonJs = {
  format: 'cjs',
  external: native,
  // jsonc-parser's CommonJS build hides its own imports from a bundler.
  mainFields: ['module', 'main'],
}

/**
 * A function that bin/traseai.js calls: Node's own wrapper has no place for compiled code.
 * @type {import('esbuild').BuildOptions}
 */
const compiled = { banner: { js: '(function (exports, require, module) {' }, footer: { js: '})' } }

/**
 * Names stay as they are in the gateway, so that a stack trace can be read without the map.
 * @type {import('esbuild').BuildOptions}
 */
const readable = { minifySyntax: true, minifyWhitespace: true, sourcemap: 'linked', sourcesContent: false }

/** @type {readonly { entry: string, options: import('esbuild').BuildOptions }[]} */
const bundles = [
  {
    entry: 'src/cli/main.ts',
    options: { outfile: 'dist/cli.cjs', ...commonJs, ...compiled, minify: true, plugins: [lazyBuiltins()] },
  },
  {
    entry: 'src/cli/interactive/main.ts',
    options: { outfile: 'dist/interactive.cjs', ...commonJs, ...compiled, minify: true },
  },
  { entry: 'src/daemon/main.ts', options: { outfile: 'dist/daemon.cjs', ...commonJs, ...compiled, ...readable } },
  { entry: 'src/storage/thread.ts', options: { outfile: 'dist/storage-thread.cjs', ...commonJs, ...readable } },
  // What only backups need: neither a start nor a gateway at rest pays for it.
  { entry: 'src/backup/thread.ts', options: { outfile: 'dist/backup.cjs', ...commonJs, ...readable } },
]

/** Bundles one entry in memory, with the list of what went into it. */
const bundle = (/** @type {(typeof bundles)[number]} */ { entry, options }) =>
  build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    define: { __TRASEAI_VERSION__: JSON.stringify(version) },
    legalComments: 'none', // the notices of every bundled package go into one file instead
    logLevel: 'warning',
    ...options,
    metafile: true,
    write: false,
  })

/**
 * Renames into place, so that a program that starts during a build never sees half a file.
 * @param {string} path
 * @param {string | Uint8Array} contents
 */
async function replaceFile(path, contents) {
  const temporary = `${path}.${process.pid}.tmp`
  await writeFile(temporary, contents)
  await rename(temporary, path)
}

const settled = await Promise.allSettled(bundles.map(bundle))
// esbuild has printed what is wrong with a bundle; the good ones are still of use to whoever works on the bad one.
if (settled.some(({ status }) => status === 'rejected')) process.exitCode = 1
const results = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))

await mkdir(dist, { recursive: true })
// V8 compares nothing but lengths: compiled code of an older bundle must be gone before the new bundle is there.
for (const name of ['cli.cjs', 'daemon.cjs']) await rm(join(dist, `${name}.cache`), { force: true })
for (const { metafile, outputFiles } of results) {
  for (const entry of cliEntries) {
    if (!(entry in metafile.inputs)) continue
    const chains = bannedFromCli(metafile, entry)
    if (chains.length > 0) {
      process.stderr.write(
        `the bundle of ${entry} must load fast and touch no state, but it holds:\n${chains.join('\n')}\n`,
      )
      process.exitCode = 1
    }
    if (entry === 'src/cli/main.ts') await replaceFile(join(dist, 'meta-cli.json'), JSON.stringify(metafile))
  }
  for (const file of outputFiles) await replaceFile(file.path, file.contents)
}
for (const [name, compile] of /** @type {const} */ ([
  ['cli.cjs', compiledCli],
  ['daemon.cjs', compiledDaemon],
])) {
  try {
    await replaceFile(join(dist, `${name}.cache`), await compile(root))
  } catch (error) {
    // Such as a TMPDIR that is too long for a socket: everything works without, only later.
    process.stderr.write(`dist/${name} could not be compiled ahead and will start more slowly: ${String(error)}\n`)
    if (process.env['CI']) process.exitCode = 1
  }
}
await replaceFile(join(dist, 'THIRD-PARTY-NOTICES.txt'), await thirdPartyNotices(root, results))
