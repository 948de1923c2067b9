// Tests that need what not every machine has (root, systemd, vim …) are skipped by name, with what was missing.
import { it, type TestFunction } from 'vitest'

/**
 * `it` where `condition` holds; elsewhere each test is skipped and its name says why, and the run lists it at the end:
 * `const itAsRoot = skipUnless(process.getuid?.() === 0, 'root')`.
 */
export function skipUnless(condition: boolean, needed: string): (name: string, body: TestFunction) => void {
  return (name, body) => {
    if (condition) it(name, body)
    else it.skip(`${name} (needs ${needed})`, body)
  }
}
