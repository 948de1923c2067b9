// Puts unit files where systemd looks for them, one rename each, and takes them away again.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errnoOf, messageOf, TraseError } from '../../errors.ts'
import type { FileChange } from '../init-system.ts'
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
 * @throws TraseError `already_exists` for a unit that `gateway install` did not write; `permission_denied`, `cannot_create`
 */
export async function writeUnits(folder: string, units: readonly UnitFile[]): Promise<readonly FileChange[]> {
  const found = await Promise.all(units.map(async ({ name }) => await textIfThere(join(folder, name))))
  units.forEach(({ name }, index) => refuseForeign(join(folder, name), found[index] ?? null))
  const changes: FileChange[] = []
  for (const [index, { name, text }] of units.entries()) {
    const path = join(folder, name)
    const before = found[index] ?? null
    if (before !== text) await replaceFile(path, text)
    changes.push({ path, change: before === null ? 'created' : before === text ? 'unchanged' : 'updated' })
  }
  return changes
}

/** Those that are there and ours, and the links that lead to them. @throws TraseError `permission_denied`, `cannot_create` */
export async function removeUnits(folder: string, names: readonly string[]): Promise<readonly FileChange[]> {
  const removed: FileChange[] = []
  for (const name of names) {
    const path = join(folder, name)
    const text = await textIfThere(path)
    if (text === null || !isOurs(text)) continue
    await withReason(path, async () => {
      await rm(path)
      // systemctl has removed them already, unless there was no manager to ask.
      for (const target of wants) await rm(join(folder, target, name), { force: true })
    })
    removed.push({ path, change: 'removed' })
  }
  return removed
}

function refuseForeign(path: string, text: string | null): void {
  if (text === null || isOurs(text)) return
  throw new TraseError('already_exists', `${path} is there, and was not written by this command`, {
    hint: 'disable that unit and move it away, then try again; what install writes is for the same job',
  })
}

/** Units are for everybody to read, as systemctl shows them to everybody. */
async function replaceFile(path: string, text: string): Promise<void> {
  await withReason(path, async () => {
    await mkdir(dirname(path), { recursive: true })
    const temporary = `${path}.new`
    await writeFile(temporary, text, { mode: 0o644 })
    await rename(temporary, path)
  })
}

async function withReason(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    const code = errno === 'EACCES' || errno === 'EPERM' ? 'permission_denied' : 'cannot_create'
    throw new TraseError(code, `${path} cannot be written: ${messageOf(error)}`, { cause: error })
  }
}

async function textIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw new TraseError('file_unreadable', `${path} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}
