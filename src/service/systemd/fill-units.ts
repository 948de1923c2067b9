// The unit files of one service: the templates of the program, filled with where it is and what it serves.
import { join } from 'node:path'
import type { Scope, ServicePlan } from '../init-system.ts'
import { templateText } from '../service-files.ts'
import { assignment, execArgument, execProgram, listenPath } from './quoting.ts'

/** The gateway's units: what `start` and `stop` mean. The socket comes first, as it must be there before. */
export const gatewayUnits = ['traseai.socket', 'traseai.service'] as const
/** The check of the credentials: a timer, and what it runs. */
export const monitorUnits = ['traseai-auth-monitor.timer', 'traseai-auth-monitor.service'] as const
export const allUnits = [...gatewayUnits, ...monitorUnits] as const
export const serviceUnit = 'traseai.service'

/** A unit as it is to be written. */
export interface UnitFile {
  readonly name: (typeof allUnits)[number]
  readonly text: string
}

/** By this a unit is known as one that may be replaced and removed. */
const mark = '# Written by: traseai gateway install'

/**
 * What `plan` comes to, in the order of `allUnits`.
 * @throws TraseError `usage` for a path that no unit file can hold, `file_unreadable` when the program has lost its templates
 */
export function unitFiles(packageRoot: string, plan: ServicePlan): Promise<readonly UnitFile[]> {
  const values = valuesOf(plan)
  const names = plan.monitor ? allUnits : gatewayUnits
  return Promise.all(
    names.map(async (name) => {
      const template = await templateText(join(packageRoot, 'systemd', plan.scope, name))
      return { name, text: `${header(plan.scope, name)}${fill(template, values)}` }
    }),
  )
}

/** False for a unit that somebody made otherwise. */
export function isOurs(unitText: string): boolean {
  return unitText.startsWith(mark)
}

function header(scope: Scope, name: string): string {
  const edit = scope === 'user' ? `systemctl --user edit ${name}` : `sudo systemctl edit ${name}`
  return `${mark}\n# The next install writes it anew. For changes of your own: ${edit}\n`
}

type Values = Readonly<
  Record<'node' | 'program' | 'environment' | 'socket' | 'http' | 'user' | 'socketUser', string | null>
>

function valuesOf(plan: ServicePlan): Values {
  const { home, socket, runAs } = plan
  return {
    node: execProgram(plan.node),
    program: execArgument(plan.program),
    environment: [
      assignment('TRASEAI_HOME', home),
      ...(socket === join(home, 'control.sock') ? [] : [assignment('TRASEAI_SOCKET', socket)]),
    ].join(' '),
    socket: listenPath(socket),
    http: plan.http,
    // Both units of one name: else each had a user of its own, and they took the home from each other in turn.
    user: runAs === null ? 'DynamicUser=yes\nUser=traseai' : `User=${runAs}`,
    // A dynamic user does not exist yet when systemd makes the socket. Only root uses it then, and root may.
    socketUser: runAs,
  }
}

/** A line whose value is null is left out. */
function fill(template: string, values: Values): string {
  return template
    .split('\n')
    .flatMap((line) => {
      let isLeftOut = false
      const filled = line.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
        if (!Object.hasOwn(values, name)) throw new Error(`a unit template asks for ${name}, which nobody knows`)
        const value = values[name as keyof Values] // it has it: see above
        isLeftOut ||= value === null
        return value ?? ''
      })
      return isLeftOut ? [] : [filled]
    })
    .join('\n')
}
