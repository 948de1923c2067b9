// Puts unit files where systemd looks for them, and takes them away again.
import { join } from 'node:path'
import type { FileChange } from '../init-system.ts'
import { refuseForeign, removeServiceFile, writeServiceFile } from '../service-files.ts'
import { isOurs, type UnitFile } from './fill-units.ts'

/** Links that enabling makes, systemd.unit(5): `[Install]` of the templates. */
const wants = [
  'default.target.wants',
  'multi-user.target.wants',
  'sockets.target.wants',
  'timers.target.wants',
] as const

/**
 * Nothing is written when one of the files is somebody else's.
 * @throws TraseError `already_exists` for a unit that `gateway install` did not write; see `writeServiceFile`
 */
export async function writeUnits(folder: string, units: readonly UnitFile[]): Promise<readonly FileChange[]> {
  for (const { name } of units) await refuseForeign(join(folder, name), isOurs)
  const changes: FileChange[] = []
  for (const { name, text } of units) changes.push(await writeServiceFile(join(folder, name), text))
  return changes
}

/** Those that are there and ours, and the links that lead to them. @throws TraseError, see `removeServiceFile` */
export async function removeUnits(folder: string, names: readonly string[]): Promise<readonly FileChange[]> {
  const removed: FileChange[] = []
  for (const name of names) {
    // systemctl has removed the links already, unless there was no manager to ask.
    const links = wants.map((target) => join(folder, target, name))
    const change = await removeServiceFile(join(folder, name), isOurs, links)
    if (change !== null) removed.push(change)
  }
  return removed
}
