// The last steps of a restore: gives the finished folder the name of the home, in the way that the place allows.
import {
  closeSync,
  constants,
  fchownSync,
  lchownSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { flushFolderNow } from '../flush-folder.ts'
import type { Host } from '../host.ts'
import { type HomeLock, lockFile } from './home-lock.ts'
import type { RestoreFolder } from './restore-folder.ts'
import { asidePath, unfinishedMark } from './restore-names.ts'
import { swapFolders } from './swap-folders.ts'

type Owner = Pick<Stats, 'uid' | 'gid'>

const lockName = 'gateway.lock'
const markFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW

/** Where no home is. */
export function putNew(host: Host, folder: RestoreFolder, home: string): null {
  return locked(host, folder, () => {
    folder.finish()
    renameSync(folder.path, home)
    flushFolderNow(dirname(home))
    return null
  })
}

/** In one step, where the system can. @returns where the old home is now */
export function exchange(host: Host, folder: RestoreFolder, home: string, owner: Owner): string {
  return locked(host, folder, () => {
    adopt(host, folder.path, owner)
    const aside = asidePath(`${home}.`, host.now())
    folder.finish()
    flushFolderNow(folder.path)
    if (swapFolders(host.platform, folder.path, home)) renameSync(folder.path, aside)
    else {
      // Killed between these two there is no home, and the next start says where it is: see prepare-home.ts.
      renameSync(home, aside)
      renameSync(folder.path, home)
    }
    flushFolderNow(dirname(home))
    return aside
  })
}

/**
 * Into a mount point, entry by entry: what is there goes into a folder in it, and the new ones take their place. Killed in
 * the middle the mark is there, no gateway starts, and the restore is done again.
 * @returns the folder with what was there
 */
export function moveIn(host: Host, folder: RestoreFolder, home: string, owner: Owner): string {
  adopt(host, folder.path, owner)
  const mark = join(home, unfinishedMark)
  closeSync(openSync(mark, markFlags, 0o600))
  flushFolderNow(home)
  const aside = asidePath(`${home}/`, host.now())
  const stays = new Set([lockName, 'lost+found', unfinishedMark])
  const old = readdirSync(home).filter(
    (name) => !stays.has(name) && !folder.path.endsWith(`/${name}`) && !isAside(name),
  )
  mkdirSync(aside, { mode: 0o700 })
  for (const name of old) renameSync(join(home, name), join(aside, name))
  for (const name of readdirSync(folder.path)) {
    if (name !== unfinishedMark) renameSync(join(folder.path, name), join(home, name))
  }
  folder.finish()
  rmdirSync(folder.path)
  flushFolderNow(home)
  rmSync(mark)
  flushFolderNow(home)
  return aside
}

function isAside(name: string): boolean {
  return name.startsWith('before-restore-')
}

/**
 * Root restores for the user whose home it is, and who must be able to open all of it. The folder itself comes last, and is held on to:
 * until then nobody else can change what is in it, and what they put in its place by another name is not reached.
 */
function adopt({ uid, platform }: Host, path: string, owner: Owner): void {
  if (uid !== 0 || owner.uid === 0) return
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    chownWithin(platform === 'linux' ? `/proc/self/fd/${fd}` : path, owner)
    fchownSync(fd, owner.uid, owner.gid)
  } finally {
    closeSync(fd)
  }
}

/** A gateway that starts at the moment of the exchange must find the new home locked, too. */
function locked<T>(host: Host, { path }: RestoreFolder, work: () => T): T {
  const lock: HomeLock | null = lockFile(host, join(path, lockName))
  try {
    return work()
  } finally {
    lock?.release()
  }
}

function chownWithin(folder: string, owner: Owner): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) chownWithin(path, owner)
    lchownSync(path, owner.uid, owner.gid)
  }
}
