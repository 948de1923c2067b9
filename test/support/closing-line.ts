// A reporter that ends the run with every skipped test by name, and with `N passed, N failed` for readers of a CI log.
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node'

interface Outcome {
  passed: number
  failed: number
  readonly skipped: string[]
}

/** Counts tests; a file that could not be loaded, and an error outside any test, is one failure each. */
function outcomeOf(modules: readonly TestModule[], unhandledErrors: number): Outcome {
  const outcome: Outcome = { passed: 0, failed: unhandledErrors, skipped: [] }
  for (const module of modules) {
    let failedTests = 0
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed') outcome.passed += 1
      else if (state === 'failed') failedTests += 1
      else outcome.skipped.push(`${module.relativeModuleId} > ${test.fullName}`)
    }
    outcome.failed += !module.ok() && failedTests === 0 ? 1 : failedTests
  }
  return outcome
}

// oxlint-disable-next-line import/no-default-export -- vitest loads a reporter by its default export
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[], reason: TestRunEndReason): void {
    const { passed, failed, skipped } = outcomeOf(modules, unhandledErrors.length)
    // A run that was cut short, or found nothing to run, has not passed.
    const incomplete = reason === 'interrupted' || passed + failed === 0 ? 1 : 0
    const names = skipped.map((name) => `skipped: ${name}\n`).join('')
    const count = skipped.length > 0 ? `, ${skipped.length} skipped` : ''
    process.stdout.write(`\n${names}${passed} passed, ${failed + incomplete} failed${count}\n`)
  }
}
