// Asks systemd through systemctl, and says in words why it could not be asked.
import { join } from 'node:path'
import { errnoOf, TraseError } from '../../errors.ts'
import type { Host } from '../../host.ts'
import { pickVariables, runProgram, type ProgramEnd, type ProgramHost } from '../../run-program.ts'
import type { Scope } from '../init-system.ts'
import { isThere } from '../../read-if-allowed.ts'

/** What systemctl is asked on: a host, and how to start programs on it. */
export type SystemdHost = ProgramHost & Pick<Host, 'env' | 'uid'>

/** Properties of one unit, as `systemctl show` names them. */
export type UnitProperties = Readonly<Record<string, string>>

export interface Systemctl {
  /** As a person would type it: `systemctl --user daemon-reload`. */
  words(args: readonly string[]): string
  /** @throws TraseError `service_manager`, `permission_denied` */
  run(args: readonly string[]): Promise<void>
  /** True when it ended well; never says why not. */
  tries(args: readonly string[]): Promise<boolean>
  /** Of units that need not exist, in the order of `units`. @throws TraseError `service_manager` */
  show(units: readonly string[], properties: readonly string[]): Promise<readonly UnitProperties[]>
}

/** A start waits for readiness, and a stop for requests under way: `gateway.drainMs` is 600 s at most. */
const runMsMax = 660_000
const showMsMax = 10_000
const outputBytesMax = 1_048_576

export function openSystemctl(host: SystemdHost, scope: Scope): Systemctl {
  const scopeArgs = scope === 'user' ? ['--user'] : []
  const ask = (args: readonly string[], timeoutMs: number): Promise<ProgramEnd> =>
    runProgram(host, {
      program: 'systemctl',
      // It would ask for a password on a terminal that it has not.
      args: [...scopeArgs, '--no-ask-password', ...args],
      env: managerEnvironment(host, scope),
      timeoutMs,
      outputBytesMax,
    })
  const words = (args: readonly string[]): string => ['systemctl', ...scopeArgs, ...args].join(' ')
  const isGood = (end: ProgramEnd): boolean => end.end === 'exit' && end.status === 0

  return {
    words,
    async run(args) {
      const end = await ask(args, runMsMax)
      if (!isGood(end)) throw await refusal(host, scope, words(args), end)
    },
    tries: async (args) => isGood(await ask(args, runMsMax)),
    async show(units, properties) {
      const args = ['show', ...units, `--property=Id,${properties.join(',')}`]
      const end = await ask(args, showMsMax)
      if (end.end !== 'exit' || end.status !== 0) throw await refusal(host, scope, words(args), end)
      const blocks = end.output.toString('utf8').trim().split('\n\n').map(propertiesIn)
      return units.map((unit) => blocks.find((block) => block['Id'] === unit) ?? {})
    },
  }
}

/** A shell that `su` or a script has opened does not know where the user's own manager listens. */
export function managerEnvironment({ env, uid }: Pick<Host, 'env' | 'uid'>, scope: Scope): Record<string, string> {
  const picked = pickVariables(env, /^(PATH|HOME|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS|DBUS_SYSTEM_BUS_ADDRESS)$/)
  return {
    ...(scope === 'user' ? { XDG_RUNTIME_DIR: `/run/user/${uid}` } : {}),
    ...picked,
    LANG: 'C.UTF-8',
    SYSTEMD_COLORS: '0',
    SYSTEMD_PAGER: '',
  }
}

function propertiesIn(block: string): UnitProperties {
  return Object.fromEntries(
    block.split('\n').map((line) => {
      const equals = line.indexOf('=')
      return [line.slice(0, equals), line.slice(equals + 1)]
    }),
  )
}

/** Why is found out by looking, not by reading what systemctl complains. */
async function refusal(host: SystemdHost, scope: Scope, words: string, end: ProgramEnd): Promise<TraseError> {
  if (!(await isThere('/run/systemd/system'))) {
    return new TraseError('service_manager', 'systemd does not run this machine', {
      hint: 'in a container, run it in the foreground under what starts the container: traseai gateway run; elsewhere in the background: traseai gateway start',
    })
  }
  if (scope === 'user' && !(await hasUserManager(host))) {
    return new TraseError('service_manager', 'systemd runs no services for this user: there is no user manager', {
      hint: 'log in anew (by ssh or at a console, not by su), or have it run always: sudo loginctl enable-linger $(id -un); or install for the machine: sudo traseai gateway install --system',
    })
  }
  if (scope === 'system' && host.uid !== 0) {
    return new TraseError('permission_denied', `only root may do this: ${words}`, { hint: `sudo ${words}` })
  }
  return new TraseError('service_manager', `${words}: ${complaintOf(end)}`, {
    hint: 'see what systemd says of it: traseai gateway logs',
  })
}

function complaintOf(end: ProgramEnd): string {
  if (end.end === 'exit') {
    const [first = ''] = end.complaint.trim().split('\n')
    return first === '' ? `exit status ${end.status ?? end.killedBy}` : first
  }
  if (end.end === 'not_started') {
    return errnoOf(end.error) === 'ENOENT' ? 'there is no systemctl' : end.error.message
  }
  return `it did not end within ${runMsMax / 1_000} s`
}

/** It listens on both of these: sockets of systemd's own and of D-Bus. */
async function hasUserManager(host: SystemdHost): Promise<boolean> {
  const { XDG_RUNTIME_DIR = '' } = managerEnvironment(host, 'user')
  const found = await Promise.all(['systemd/private', 'bus'].map((name) => isThere(join(XDG_RUNTIME_DIR, name))))
  return found.includes(true)
}
