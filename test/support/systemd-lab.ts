// The machine's own systemd as process 1 of a small world beside this one, with users, a journal and reboots; nothing of it is left behind.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { projectRoot } from './gateway-process.ts'
import { skipUnless } from './skip-unless.ts'

/** What boots it; see there. */
export const labScript = fileURLToPath(new URL('systemd-lab.sh', import.meta.url))
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** How control groups are laid out: `unified` as systems have it now. `hybrid` limits memory on machines that keep its controller in the old hierarchy. */
export type GroupLayout = 'unified' | 'hybrid'

/** Where things are for programs in a lab. */
export const inLab = {
  node: '/opt/node/bin/node',
  project: '/opt/traseai',
  program: '/opt/traseai/bin/traseai.js',
} as const

export interface LabOutcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface LabRun {
  /** Root without it; `dora` is a user with linger. */
  readonly as?: 'dora'
  /** Added to an environment that has nothing but PATH, HOME and what `systemctl --user` needs. */
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

export interface SystemdLab {
  /** Where the files of the lab are for a program outside: `outside('/etc/passwd')`. Another one after a reboot. */
  outside(pathInLab: string): string
  /** Runs a program of the lab to its end, whatever its exit status. */
  run(command: readonly [string, ...string[]], options?: LabRun): Promise<LabOutcome>
  /** Like `run`, for what must succeed: what it prints, without the last line break. @throws Error with all that it wrote */
  get(command: readonly [string, ...string[]], options?: LabRun): Promise<string>
  /** Starts a program that goes on; it ends with the lab at the latest. */
  start(command: readonly [string, ...string[]], options?: LabRun): ChildProcessWithoutNullStreams
  /** Every service is stopped as systemd stops it, and everything boots again; what lies in /run, /tmp and /dev is gone then. */
  reboot(): Promise<void>
  close(): Promise<void>
}

export const canHaveLab = probe('unified') !== null

/** The tests of a lab are skipped by name where none can be. */
export const itWithSystemd = skipUnless(canHaveLab, 'root, systemd as on Debian, and the right to unshare and mount')

/** The layout in which a service's memory is limited on this machine; null where none does. */
export function layoutThatLimitsMemory(): GroupLayout | null {
  if (!canHaveLab) return null
  const layout = /^\d+:memory:/m.test(readFileSync('/proc/self/cgroup', 'utf8')) ? 'hybrid' : 'unified'
  return probe(layout)?.includes('memory') === true ? layout : null
}

/** What can be limited in a lab of that layout; null where there can be none. */
function probe(layout: GroupLayout): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/lib/systemd/systemd')) return null
  const { status, stdout } = spawnSync('bash', [labScript, 'probe', newFolder(), layout], {
    timeout: 20_000,
    encoding: 'utf8',
  })
  return status === 0 ? stdout : null
}

/** Resolves when it has booted: mostly within a second. */
export async function openSystemdLab(layout: GroupLayout = 'unified'): Promise<SystemdLab> {
  const args = [labScript, 'boot', newFolder(), layout, process.execPath, projectRoot]
  // In a session of its own, so that a Ctrl-C that ends the tests leaves it time to clear up: it sees that its input ends.
  const keeper = spawn('bash', args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  let complaints = ''
  keeper.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const ended = new Promise<void>((resolve) => keeper.once('close', () => resolve()))
  const lines = createInterface({ input: keeper.stdout })[Symbol.asyncIterator]()
  let first = ''

  const boot = async (): Promise<void> => {
    const line = await lines.next()
    const said = line.done === true ? 'nothing' : line.value
    const [word, pid] = said.split(' ')
    if (word !== 'booted' || pid === undefined) throw new Error(`systemd did not boot (${said}):\n${complaints}`)
    first = pid
  }
  const start: SystemdLab['start'] = (command, { as, env = {} } = {}) => {
    const namespaces = ['--mount', '--pid', '--cgroup', '--uts', '--ipc', '--net', '--root', '--wdns=/']
    const user = as === undefined ? [] : ['setpriv', `--reuid=${as}`, `--regid=${as}`, '--init-groups']
    const who = as === undefined ? rootEnvironment : userEnvironment(as, readUid(first, as))
    const variables = Object.entries({ ...who, ...env }).map(([name, value]) => `${name}=${value}`)
    return spawn('nsenter', ['--target', first, ...namespaces, 'env', '-i', ...variables, ...user, ...command])
  }
  const run: SystemdLab['run'] = async (command, options = {}) => {
    const child = start(command, options)
    const written = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => (written[name] += chunk.toString()))
    }
    child.stdin.on('error', () => {}) // a program that refuses early does not read its input
    child.stdin.end(options.input ?? '')
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
    return { status, ...written }
  }
  await boot()
  return {
    outside: (pathInLab) => join('/proc', first, 'root', pathInLab),
    run,
    start,
    async get(command, options) {
      const { status, stdout, stderr } = await run(command, options)
      if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}:\n${stdout}${stderr}`)
      return stdout.trimEnd()
    },
    async reboot() {
      await run(['systemctl', 'reboot'])
      await boot()
    },
    async close() {
      keeper.stdin.end()
      await ended
    },
  }
}

/** Short: the mounts in it are looked at by programs with little room for paths. The script removes it. */
function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'lab-'))
}

const rootEnvironment = { PATH: path, HOME: '/root', LANG: 'C.UTF-8' }

function userEnvironment(name: string, uid: string): Record<string, string> {
  return { PATH: path, HOME: `/home/${name}`, USER: name, LANG: 'C.UTF-8', XDG_RUNTIME_DIR: `/run/user/${uid}` }
}

function readUid(firstPid: string, name: string): string {
  const line = readFileSync(join('/proc', firstPid, 'root/etc/passwd'), 'utf8').split('\n')
  return line.find((entry) => entry.startsWith(`${name}:`))?.split(':')[2] ?? ''
}
