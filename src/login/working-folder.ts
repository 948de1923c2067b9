// The empty folder that a sign-in's program runs in, and the ones that killed gateways have left behind.
import { lstat, mkdtemp, readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf } from '../errors.ts'
import type { Host } from '../host.ts'

export interface WorkingFolder {
  readonly path: string
  remove(): Promise<void>
}

type FolderHost = Pick<Host, 'env' | 'now' | 'uid'>

const prefix = 'traseai-login-'
const ownName = /^traseai-login-[A-Za-z0-9]{6}$/
/** No sign-in takes as long: an older folder is nobody's any more, whichever gateway made it. */
const leftoverMs = 3_600_000
/** More are left to the next sign-in. */
const leftoversMax = 100

/** Empty: what the program finds in its working directory, it may read or obey. @throws Error what the system says */
export async function makeWorkingFolder(host: FolderHost): Promise<WorkingFolder> {
  const parent = host.env['TMPDIR'] || '/tmp'
  await removeLeftovers(host, parent)
  const path = await mkdtemp(join(parent, prefix))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** Only empty ones of this user: what a program has left in one is not ours to delete. */
async function removeLeftovers(host: FolderHost, parent: string): Promise<void> {
  const names = (await tried(readdir(parent))) ?? []
  for (const name of names.filter((each) => ownName.test(each)).slice(0, leftoversMax)) {
    const path = join(parent, name)
    const stats = await tried(lstat(path))
    const isLeft = stats?.isDirectory() && stats.uid === host.uid && host.now() - stats.mtimeMs > leftoverMs
    if (isLeft) await tried(rmdir(path))
  }
}

/** Undefined for what the system refuses: nothing hangs on a leftover. */
async function tried<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return undefined
  }
}
