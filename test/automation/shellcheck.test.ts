// The scripts that people copy are plain sh: nothing that one shell alone understands, and nothing that breaks at a blank in a path.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { expect } from 'vitest'
import { skipUnless } from '../support/skip-unless.ts'
import { scriptPath } from './script-world.ts'

const hasShellcheck = spawnSync('shellcheck', ['--version'], { stdio: 'ignore' }).error === undefined
const itChecked = skipUnless(hasShellcheck, 'shellcheck')

/** Matters of taste: braces around every name, and set -e, which these scripts do without. */
const taste = ['SC2250', 'SC2310', 'SC2311', 'SC2312']

for (const name of readdirSync(scriptPath('')).filter((each) => each.endsWith('.sh'))) {
  itChecked(`${name} is what shellcheck would have written`, () => {
    const { stdout } = spawnSync(
      'shellcheck',
      ['--shell=sh', '--enable=all', `--exclude=${taste.join()}`, scriptPath(name)],
      {
        encoding: 'utf8',
      },
    )
    expect(stdout).toBe('')
  })
}
