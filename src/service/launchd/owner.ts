// The user that a daemon of the machine runs as: launchd makes none, so it must exist.
import { TraseError } from '../../errors.ts'
import { pickVariables, runProgram } from '../../run-program.ts'
import type { LaunchctlHost } from './launchctl.ts'

/** Who a service runs as, as numbers. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

const limits = { timeoutMs: 10_000, outputBytesMax: 4_096 }

/** @throws TraseError `usage` without a name, `not_found` for one that nobody has */
export async function ownerOf(host: LaunchctlHost, user: string | null): Promise<Owner> {
  if (user === null) {
    throw new TraseError('usage', 'launchd makes no user for a service: it must be said whom the gateway runs as', {
      hint: 'sudo traseai gateway install --system --run-as USER',
    })
  }
  const [uid, gid] = [await numberOf(host, '-u', user), await numberOf(host, '-g', user)]
  if (uid !== null && gid !== null) return { uid, gid }
  throw new TraseError('not_found', `there is no user ${JSON.stringify(user)} on this Mac`, {
    hint: 'name one that id(1) knows',
  })
}

async function numberOf(host: LaunchctlHost, which: '-u' | '-g', user: string): Promise<number | null> {
  // A name that begins with a dash would be an option.
  if (!/^[\w.][\w.-]*$/.test(user)) return null
  const end = await runProgram(host, {
    program: 'id',
    args: [which, user],
    env: pickVariables(host.env, /^PATH$/),
    ...limits,
  })
  const text = end.end === 'exit' && end.status === 0 ? end.output.toString('utf8').trim() : ''
  return /^\d+$/.test(text) ? Number(text) : null
}
