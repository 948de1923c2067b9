// Another user of this machine, whom only root can become: programs run as nobody.
import { spawnSync } from 'node:child_process'
import { programPath } from './gateway-process.ts'
import { skipUnless } from './skip-unless.ts'

/** The uid of nobody on most systems; no test needs it to have a name. */
export const otherUid = 65_534

/** `command` as run by the other user. */
export function asOtherUser(command: readonly string[]): readonly [string, ...string[]] {
  return ['setpriv', `--reuid=${otherUid}`, `--regid=${otherUid}`, '--clear-groups', ...command]
}

/** Node, or the checkout, may lie where others cannot read it. */
function canRun(...args: readonly string[]): boolean {
  const [program, ...rest] = asOtherUser([process.execPath, ...args])
  return process.getuid?.() === 0 && spawnSync(program, rest).status === 0
}

export const itAsOtherUser = skipUnless(canRun('--version'), 'root, setpriv, and a Node that others may run')

/** For tests in which the other user runs the program itself. */
export const itWithProgramOfOtherUser = skipUnless(
  canRun(programPath, '--version'),
  'root, setpriv, and a Node and a checkout that others may read',
)
