// A gateway in a lab, installed as its users install it, for each way in which systemd can run one.
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { until } from '../support/until.ts'
import { inLab, type LabOutcome, type SystemdLab } from '../support/systemd-lab.ts'

export interface ServiceKind {
  readonly title: string
  /** Added to `gateway install`. */
  readonly install: readonly string[]
  /** Added to every command, so that it finds the home. */
  readonly global: readonly string[]
  /** Who asks; root without it. */
  readonly as?: 'dora'
  /** As whom the gateway runs. */
  readonly account: string
  readonly home: string
  readonly unitFolder: string
  readonly isSystem: boolean
}

const system = {
  global: ['--home', '/var/lib/traseai'],
  home: '/var/lib/traseai',
  unitFolder: '/etc/systemd/system',
  isSystem: true,
}

export const ofUser: ServiceKind = {
  title: 'a service of one user',
  install: [],
  global: [],
  as: 'dora',
  account: 'dora',
  home: '/home/dora/.traseai',
  unitFolder: '/home/dora/.config/systemd/user',
  isSystem: false,
}
export const ofMachine: ServiceKind = {
  ...system,
  title: 'a service of the machine with a user that systemd makes',
  install: ['--system'],
  account: 'traseai',
}
/** The user is one of the machine's; who runs tests with it makes it before. */
export const ofStaticUser: ServiceKind = {
  ...system,
  title: 'a service of the machine with a user that was there',
  install: ['--system', '--run-as', 'keeper'],
  account: 'keeper',
}

export interface InstalledService {
  readonly lab: SystemdLab
  readonly kind: ServiceKind
  /** `traseai …` by whoever the service belongs to. */
  traseai(args: readonly string[], options?: { readonly input?: string }): Promise<LabOutcome>
  /** `systemctl …`; what it prints. @throws Error when it fails */
  systemctl(...args: readonly string[]): Promise<string>
  /** A property of the service's unit, or of another one. */
  property(name: string, unit?: string): Promise<string>
  /** Resolves when a property has that value. */
  untilProperty(name: string, value: string | RegExp): Promise<void>
  /** The process id of the gateway as the lab counts. */
  mainPid(): Promise<string>
  /** What the journal has of the service, oldest first. */
  journal(): Promise<readonly JournalEntry[]>
  /** Settings of the unit that a user adds, until the next boot; systemd has read them then. */
  dropIn(unit: string, text: string): Promise<void>
  writeConfiguration(value: unknown): Promise<void>
}

export interface JournalEntry {
  readonly PRIORITY: string
  readonly MESSAGE: string
  readonly SYSLOG_IDENTIFIER: string
  readonly _PID: string
}

/** Installs nothing yet: `traseai(['gateway', 'install', …kind.install])` does. */
export function serviceIn(lab: SystemdLab, kind: ServiceKind): InstalledService {
  const who = kind.as === undefined ? {} : { as: kind.as }
  const scope = kind.isSystem ? [] : ['--user']
  const systemctl: InstalledService['systemctl'] = (...args) => lab.get(['systemctl', ...scope, ...args], who)
  const property: InstalledService['property'] = (name, unit = 'traseai.service') =>
    systemctl('show', '--property', name, '--value', unit)
  return {
    lab,
    kind,
    traseai: (args, options) => lab.run([inLab.node, inLab.program, ...kind.global, ...args], { ...who, ...options }),
    systemctl,
    property,
    async untilProperty(name, value) {
      let last = ''
      const fits = async (): Promise<boolean> => {
        last = await property(name)
        return typeof value === 'string' ? last === value : value.test(last)
      }
      await until(fits, () => `${name} is ${last} and not ${String(value)}`)
    },
    mainPid: () => property('MainPID'),
    async journal() {
      const field = kind.isSystem ? '_SYSTEMD_UNIT' : '_SYSTEMD_USER_UNIT'
      const text = await lab.get(['journalctl', '--output=json', '--no-pager', `${field}=traseai.service`])
      return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as JournalEntry])) // as journalctl(1) says
    },
    async dropIn(unit, text) {
      const runtime = kind.isSystem ? '/run/systemd/system' : `${await runtimeFolder(lab)}/systemd/user`
      const folder = `${runtime}/${unit}.d`
      await lab.get(['mkdir', '-p', folder], who)
      await lab.get(['tee', `${folder}/test.conf`], { ...who, input: text })
      await systemctl('daemon-reload')
    },
    async writeConfiguration(value) {
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      await writeFile(lab.outside(`${kind.home}/traseai.json`), text, { mode: 0o644 })
    },
  }
}

/** A server of the folder `test`, which prints a line when it listens. */
export async function startStandIn(
  lab: SystemdLab,
  path: string,
  ...args: readonly string[]
): Promise<ChildProcessWithoutNullStreams> {
  const child = lab.start([inLab.node, `${inLab.project}/test/${path}`, ...args])
  await once(child.stdout, 'data')
  return child
}

async function runtimeFolder(lab: SystemdLab): Promise<string> {
  return `/run/user/${await lab.get(['id', '--user', 'dora'])}`
}
