// Writes docs/reference from the code; `--check` only says which pages are stale (exit 1).
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))

async function loadPages() {
  await mkdir(join(root, 'dist'), { recursive: true })
  const folder = await mkdtemp(join(root, 'dist', 'reference-'))
  try {
    const outfile = join(folder, 'pages.mjs')
    await build({
      entryPoints: [join(root, '.ci/reference-pages.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      define: { __TRASEAI_VERSION__: JSON.stringify(version) },
      outfile,
      logLevel: 'warning',
    })
    const { referencePages } = await import(pathToFileURL(outfile).href)
    return referencePages()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const target = join(root, 'docs', 'reference')
await mkdir(target, { recursive: true })
let stale = 0
for (const [file, text] of Object.entries(await loadPages())) {
  const path = join(target, file)
  const before = await readFile(path, 'utf8').catch((error) => (error.code === 'ENOENT' ? '' : Promise.reject(error)))
  if (before === text) continue
  stale += 1
  if (process.argv.includes('--check')) console.error(`docs/reference/${file} is stale: npm run docs`)
  else await writeFile(path, text)
}
if (process.argv.includes('--check')) process.exitCode = stale > 0 ? 1 : 0
else console.log(`${stale} page(s) written`)
