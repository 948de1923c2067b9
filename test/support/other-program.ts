// The built program as another version of it: with its own number, and the first so many migrations.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from './gateway-process.ts'

export interface OtherProgram {
  /** What `traseai` of that version runs. */
  readonly path: string
  /** Installs another version over this one, as npm does: the folder is removed and made anew. */
  replaceBy(other: OtherVersion): void
  remove(): void
}

export interface OtherVersion {
  readonly version: string
  /** How many migrations it has; left out, all of today's. */
  readonly schemas?: number
}

const versionToday = (JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string })
  .version

/** Makes it in a folder of its own. What the build has written of the version is replaced; compiled code is left out. */
export function installOtherProgram(given: OtherVersion): OtherProgram {
  const above = mkdtempSync(join(tmpdir(), 'traseai-program-'))
  const root = join(above, 'traseai')
  install(root, given)
  return {
    path: join(root, 'bin', 'traseai.js'),
    replaceBy(other) {
      rmSync(root, { recursive: true })
      install(root, other)
    },
    remove: () => rmSync(above, { recursive: true, force: true }),
  }
}

function install(root: string, { version, schemas }: OtherVersion): void {
  for (const folder of ['bin', 'dist', 'migrations']) mkdirSync(join(root, folder), { recursive: true })
  cpSync(join(projectRoot, 'bin'), join(root, 'bin'), { recursive: true })
  symlinkSync(join(projectRoot, 'node_modules'), join(root, 'node_modules'))
  for (const name of readdirSync(join(projectRoot, 'migrations')).sort().slice(0, schemas)) {
    cpSync(join(projectRoot, 'migrations', name), join(root, 'migrations', name))
  }
  const texts = ['package.json', ...bundles().map((name) => join('dist', name))]
  for (const name of texts) {
    const text = readFileSync(join(projectRoot, name), 'utf8')
    writeFileSync(join(root, name), text.replaceAll(`"${versionToday}"`, `"${version}"`))
  }
}

function bundles(): string[] {
  return readdirSync(join(projectRoot, 'dist')).filter((name) => name.endsWith('.cjs'))
}
