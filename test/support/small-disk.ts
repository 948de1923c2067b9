// A disk of a few kilobytes or megabytes in memory, for tests of what happens when it is full; only root on Linux can have one.
import { execFileSync } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { skipUnless } from './skip-unless.ts'

export const itOnSmallDisk = skipUnless(
  process.platform === 'linux' && process.getuid?.() === 0,
  'root on Linux, to mount a small disk',
)

/** Mounts it over a directory until the end of the test. `size` as mount takes it: `3m`. */
export function mountSmallDisk(directory: string, size: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', directory])
  onTestFinished(() => void execFileSync('umount', ['--lazy', directory]))
}
