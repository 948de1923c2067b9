// A disk of a few megabytes in memory; only root on Linux can have one.
import { execFileSync } from 'node:child_process'
import { onTestFinished } from 'vitest'

/** Mounts it over a directory until the end of the test. `size` as mount takes it: `3m`. */
export function mountSmallDisk(directory: string, size: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', directory])
  onTestFinished(() => void execFileSync('umount', ['--lazy', directory]))
}
