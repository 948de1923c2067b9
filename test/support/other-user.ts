// Another user of this machine, whom only root can become: programs run as nobody.
import { spawnSync } from 'node:child_process'
import { skipUnless } from './skip-unless.ts'

/** The uid of nobody on most systems; no test needs it to have a name. */
export const otherUid = 65_534

/** `command` as run by the other user. */
export function asOtherUser(command: readonly string[]): readonly [string, ...string[]] {
  return ['setpriv', `--reuid=${otherUid}`, `--regid=${otherUid}`, '--clear-groups', ...command]
}

/** Node may be installed where others cannot read it. */
function canRunNode(): boolean {
  const [program, ...args] = asOtherUser([process.execPath, '--version'])
  return process.getuid?.() === 0 && spawnSync(program, args).status === 0
}

export const itAsOtherUser = skipUnless(canRunNode(), 'root, setpriv, and a Node that others may run')
