// What stands in the plist of a job: the program's template, with where the program is and what it serves.
import { join } from 'node:path'
import { TraseError } from '../../errors.ts'
import type { ServicePlan } from '../init-system.ts'
import { templateText } from '../service-files.ts'
import { fillPlist, type PlistWords } from './fill-plist.ts'
import { plistMark } from './place.ts'

/** Seconds beyond the time in which requests may end: for the rest of a stop. */
const graceSeconds = 15
const drainMsDefault = 30_000

/**
 * The text of a job's plist for `plan`.
 * @param isBackground see `InstalledJob`
 * @throws TraseError `usage` for a path that XML cannot hold, `file_unreadable` when the program has lost its templates
 */
export async function plistText(templatePath: string, plan: ServicePlan, isBackground: boolean): Promise<string> {
  const { node, program, home, socket, runAs, scope, drainMs = drainMsDefault } = plan
  const values: PlistWords['words'] = {
    node,
    program,
    home,
    socket: socket === join(home, 'control.sock') ? null : socket,
    user: runAs,
    session: isBackground ? 'Background' : null,
  }
  for (const value of Object.values(values)) refuseControlCharacters(value ?? '')
  return fillPlist(await templateText(templatePath), {
    words: values,
    exitSeconds: Math.ceil(drainMs / 1_000) + graceSeconds,
    // From a daemon launchd would take it as a limit of the whole machine, launchd.plist(5).
    without: scope === 'system' ? ['HardResourceLimits.NumberOfFiles'] : [],
    remark: `${plistMark}. The next install writes it anew.`,
  })
}

function refuseControlCharacters(value: string): void {
  if (!/\p{Cc}|\p{Cs}|[\uFFFE\uFFFF]/u.test(value)) return
  throw new TraseError('usage', `a plist cannot hold ${JSON.stringify(value)}`, {
    hint: 'a path without control characters is needed',
  })
}
