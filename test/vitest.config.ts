// How the tests run: every file in a process of its own, with the closing line that CI logs are read by.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

// oxlint-disable-next-line import/no-default-export -- vitest looks for the default export
export default defineConfig({
  define: { __TRASEAI_VERSION__: JSON.stringify(version) },
  test: {
    root,
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/temporary-folder.ts'],
    pool: 'forks',
    // Most tests wait for processes rather than compute: vitest's own choice, one less than there are cores, leaves a small machine idle.
    maxWorkers: Math.max(4, availableParallelism() - 1),
    reporters: ['default', './test/support/closing-line.ts'],
    // Real processes on a busy machine: a limit that only a hang reaches.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
