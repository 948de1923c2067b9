// A clock that a test sets under a running process, as a suspend or a person does: the time of day jumps, durations go on.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { skipUnless } from './skip-unless.ts'

const library = ['x86_64-linux-gnu', 'aarch64-linux-gnu']
  .map((machine) => `/usr/lib/${machine}/faketime/libfaketime.so.1`)
  .find((path) => existsSync(path))

export const itWithClock = skipUnless(library !== undefined, 'libfaketime')

export interface SetClock {
  /** What the process needs in its environment. */
  readonly env: Readonly<Record<string, string>>
  /** From now on it is so much later than it is, or earlier: `+3d`, `-5h`. */
  set(offset: string): void
}

/** Right until it is set. */
export function openClock(): SetClock {
  const directory = mkdtempSync(join(tmpdir(), 'traseai-clock-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const file = join(directory, 'offset')
  const set = (offset: string): void => writeFileSync(file, `${offset}\n`)
  set('+0')
  const env = {
    LD_PRELOAD: library ?? '',
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1', // it stands still while a machine sleeps, and nobody can set it
  }
  return { env, set }
}
