// A reporter that ends the run with `N passed, N failed`, the line that readers of a CI log look for.
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** Counts tests; a file that could not be loaded, and an error outside any test, is one failure each. */
function count(modules: readonly TestModule[], unhandledErrors: number): Counts {
  const counts: Counts = { passed: 0, failed: unhandledErrors, skipped: 0 }
  for (const module of modules) {
    let failedTests = 0
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed') counts.passed += 1
      else if (state === 'failed') failedTests += 1
      else counts.skipped += 1
    }
    counts.failed += !module.ok() && failedTests === 0 ? 1 : failedTests
  }
  return counts
}

// oxlint-disable-next-line import/no-default-export -- vitest loads a reporter by its default export
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[], reason: TestRunEndReason): void {
    const { passed, failed, skipped } = count(modules, unhandledErrors.length)
    // A run that was cut short, or found nothing to run, has not passed.
    const incomplete = reason === 'interrupted' || passed + failed === 0 ? 1 : 0
    process.stdout.write(
      `\n${passed} passed, ${failed + incomplete} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
    )
  }
}
