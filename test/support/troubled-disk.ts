// A home on a disk that can be told to refuse, as a network file system or a dying one does; only root on Linux can have one.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { projectRoot } from './gateway-process.ts'
import { skipUnless } from './skip-unless.ts'
import { until } from './until.ts'

const python = '/usr/bin/python3' // the system's own: the package is Debian's
const program = join(projectRoot, 'test', 'support', 'programs', 'troubled-disk.py')

export const canHaveTroubledDisk =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync(python, ['-c', 'import fusepy']).status === 0 &&
  spawnSync('test', ['-c', '/dev/fuse']).status === 0

export const itOnTroubledDisk = skipUnless(canHaveTroubledDisk, 'root on Linux, FUSE, and python3-fusepy')

/** What a change gets, or with `all` whatever is asked; `hang` keeps it waiting. */
export type Trouble = 'EROFS' | 'ENOSPC' | 'EIO' | 'all EIO' | 'hang' | 'all hang'

export interface TroubledDisk {
  /** The mounted directory. */
  readonly path: string
  /** What it holds, behind its back: changes here send no events. */
  readonly behind: string
  /** From now on, until `null`. */
  has(trouble: Trouble | null): void
}

/** An empty one, mounted until the end of the test. */
export async function mountTroubledDisk(): Promise<TroubledDisk> {
  const directory = mkdtempSync(join(tmpdir(), 'traseai-troubled-'))
  const [path, behind, trouble] = ['home', 'behind', 'trouble'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ]
  for (const each of [path, behind]) mkdirSync(each, { mode: 0o700 })
  const before = statSync(path).dev
  const server = spawn(python, [program, behind, path, trouble], { stdio: 'inherit' })
  const ended = new Promise((resolve) => server.once('close', resolve))
  onTestFinished(async () => {
    spawnSync('umount', ['--lazy', path])
    server.kill('SIGKILL') // whoever still waits for it is answered by the kernel
    await ended
    rmSync(directory, { recursive: true, force: true })
  })
  await until(() => statSync(path).dev !== before)
  return { path, behind, has: (what) => writeFileSync(trouble, what ?? '') }
}
