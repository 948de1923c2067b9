// The files of launchd's jobs: plists filled in and written whole or not at all, and the folders that launchd expects to find.
import { lchown, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errnoOf, messageOf, TraseError } from '../../errors.ts'
import type { Host } from '../../host.ts'
import type { FileChange, ServicePlan } from '../init-system.ts'
import { fillPlist, type PlistWords } from './fill-plist.ts'
import { isOurs, plistMark, textOrNull } from './place.ts'

/** Everybody may read a plist, which holds no secret; launchd takes none that others may write. */
const plistMode = 0o644

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

async function templateText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new TraseError('file_unreadable', `the template ${path} cannot be read`, {
      hint: 'install the program again',
      cause: error,
    })
  }
}

/** @throws TraseError `already_exists` for a plist that `gateway install` did not write */
export async function refuseForeign(path: string): Promise<void> {
  const text = await textOrNull(path)
  if (text === null || isOurs(text)) return
  throw new TraseError('already_exists', `${path} is there, and was not written by this command`, {
    hint: 'unload that job and move its file away, then try again; what install writes is for the same job',
  })
}

/**
 * Puts `text` at `path`.
 * @throws TraseError `permission_denied`, `disk_full`, `cannot_create`; what was there is untouched then
 */
export async function writePlist(host: Pick<Host, 'randomBytes'>, path: string, text: string): Promise<FileChange> {
  const before = await textOrNull(path)
  if (before === text) return { path, change: 'unchanged' }
  // launchd loads what ends in .plist; so never half of one.
  const temporary = join(dirname(path), `.${basename(path)}.${host.randomBytes(6).toString('hex')}.tmp`)
  try {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(temporary, 'wx', plistMode)
    try {
      await file.chmod(plistMode) // whatever the umask says
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw refusal(path, error)
  }
  return { path, change: before === null ? 'created' : 'updated' }
}

/** One that is ours; null when there is none. @throws TraseError `permission_denied`, `cannot_create` */
export async function removePlist(path: string): Promise<FileChange | null> {
  const text = await textOrNull(path)
  if (text === null || !isOurs(text)) return null
  try {
    await rm(path)
  } catch (error) {
    throw refusal(path, error)
  }
  return { path, change: 'removed' }
}

/** Who a service runs as, as numbers. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/**
 * The home and the folder of its logs: without the folder of a `StandardErrorPath` launchd starts nothing, and says so nowhere.
 * @param owner whom root makes them for; null when they are for whoever makes them
 */
export async function makeHome(home: string, owner: Owner | null): Promise<void> {
  try {
    await mkdir(dirname(home), { recursive: true, mode: 0o755 })
    for (const folder of [home, join(home, 'logs')]) {
      // Only what is made here changes its owner, and a link that came in between is not followed.
      if ((await makeFolder(folder)) && owner) await lchown(folder, owner.uid, owner.gid)
    }
  } catch (error) {
    throw refusal(home, error)
  }
}

async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 })
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

function refusal(path: string, error: unknown): unknown {
  const errno = errnoOf(error)
  if (errno === undefined) return error
  if (errno === 'EACCES' || errno === 'EPERM') {
    return new TraseError('permission_denied', `this user may not write ${path}`, { cause: error })
  }
  const isFull = errno === 'ENOSPC' || errno === 'EDQUOT'
  const reason = isFull ? 'the disk is full' : messageOf(error)
  return new TraseError(isFull ? 'disk_full' : 'cannot_create', `${path} could not be written: ${reason}`, {
    cause: error,
  })
}
