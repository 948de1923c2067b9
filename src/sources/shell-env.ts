// Asks the user's login shell which environment it would give to a program, and takes only what was asked for.
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { basename, isAbsolute } from 'node:path'
import { errnoOf, messageOf } from '../errors.ts'
import type { Environment, Host } from '../host.ts'
import { pickVariables, runProgram } from '../run-program.ts'
import { Secret } from '../vault/secret.ts'

export type ShellEnvironment =
  | { readonly ok: true; readonly variables: ReadonlyMap<string, Secret> }
  /** `reason` completes "the login shell's environment is not used: …". */
  | { readonly ok: false; readonly reason: string; readonly hint: string }

const outputBytesMax = 1_048_576
/** Shells that are known to take a command this way, and what makes them read the login files. */
const shells: Readonly<Record<string, readonly string[]>> = {
  bash: ['-l', '-c'],
  zsh: ['-l', '-c'],
  fish: ['-l', '-c'],
  sh: ['-l', '-c'],
  dash: ['-l', '-c'],
  ash: ['-l', '-c'],
  ksh: ['-l', '-c'],
  mksh: ['-l', '-c'],
}
/** What a login has before its shell reads anything. Nothing else is handed on, so no key that the gateway has goes to a profile. */
const inherited = /^(HOME|USER|LOGNAME|PATH|SHELL|LANG|LC_[A-Z]+|TMPDIR|TZ)$/

/**
 * Runs the login shell once, without a terminal and in a process group of its own, which is ended afterwards with
 * whatever the user's profile has started in it.
 * @param isWanted which variables to take; the others are never made into anything
 */
export async function readShellEnvironment(
  host: Host,
  timeoutMs: number,
  isWanted: (name: string) => boolean,
): Promise<ShellEnvironment> {
  const shell = await loginShell(host.env)
  if (!shell.ok) return shell
  const marker = host.randomBytes(16).toString('hex')
  // The same words in every shell of the table; a profile may print what it likes outside the markers.
  const command = `printf %s ${marker}; /usr/bin/env -0; printf %s ${marker}`
  const output = await run(host, shell.path, [...shell.flags, command], marker, timeoutMs)
  if (!output.ok) return output
  try {
    return { ok: true, variables: variablesIn(output.between, isWanted) }
  } finally {
    output.between.fill(0)
  }
}

interface LoginShell {
  readonly ok: true
  readonly path: string
  readonly flags: readonly string[]
}
interface Refusal {
  readonly ok: false
  readonly reason: string
  readonly hint: string
}

async function loginShell(env: Environment): Promise<LoginShell | Refusal> {
  const path = env['SHELL'] || accountShell()
  const hint = 'set SHELL to bash, zsh, fish, dash or ksh, or env.shellEnv.enabled to false'
  if (path === null) return refusal('no login shell is set for this user', hint)
  if (!isAbsolute(path)) return refusal(`${path} is not an absolute path`, hint)
  const flags = shells[basename(path)]
  if (!flags) return refusal(`${path} is not a shell that is known`, hint)
  try {
    await access(path, constants.X_OK)
    return { ok: true, path, flags }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return refusal(`${path} cannot be run`, hint)
  }
}

/** The shell of the account; null for a uid that has none. */
function accountShell(): string | null {
  try {
    return userInfo().shell
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return null // ENOENT: a container's uid without an account
    throw error
  }
}

type Output = { readonly ok: true; readonly between: Buffer } | Refusal

/** What the shell printed between the two markers. Settles within the time limit, whatever the shell does. */
async function run(
  host: Host,
  path: string,
  args: readonly string[],
  marker: string,
  timeoutMs: number,
): Promise<Output> {
  const ran = await runProgram(host, {
    program: path,
    args,
    env: { ...pickVariables(host.env, inherited), TERM: 'dumb' },
    timeoutMs,
    outputBytesMax,
    // Not the end of the output: a program that the profile left running may hold it open for ever.
    isEnough: (output) => betweenMarkers(output, marker) !== null,
  })
  switch (ran.end) {
    case 'enough':
      return { ok: true, between: betweenMarkers(ran.output, marker) ?? ran.output }
    case 'exit':
      ran.output.fill(0)
      return refusal(`${path} ended without its environment (status ${ran.status})`, 'see what your profile does')
    case 'not_started':
      return refusal(`${path} could not be started: ${messageOf(ran.error)}`, 'check SHELL')
    case 'flooded':
      return refusal(`${path} printed more than ${outputBytesMax} bytes`, 'see what your profile prints')
    default: {
      const hint = 'see what your profile waits for, or raise env.shellEnv.timeoutMs'
      return refusal(`${path} did not finish within ${timeoutMs} ms`, hint)
    }
  }
}

function betweenMarkers(output: Buffer, marker: string): Buffer | null {
  const start = output.indexOf(marker)
  const end = start < 0 ? -1 : output.indexOf(marker, start + marker.length)
  return end < 0 ? null : output.subarray(start + marker.length, end)
}

function variablesIn(output: Buffer, isWanted: (name: string) => boolean): ReadonlyMap<string, Secret> {
  const variables = new Map<string, Secret>()
  for (let from = 0; from < output.length;) {
    const zero = output.indexOf(0, from)
    const entry = output.subarray(from, zero < 0 ? output.length : zero)
    const equals = entry.indexOf('=')
    const name = entry.subarray(0, Math.max(equals, 0)).toString('utf8')
    if (isWanted(name)) variables.set(name, new Secret(entry.subarray(equals + 1).toString('utf8')))
    from += entry.length + 1
  }
  return variables
}

function refusal(reason: string, hint: string): Refusal {
  return { ok: false, reason, hint }
}
