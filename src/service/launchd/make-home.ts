// Makes the folders that launchd expects to find before it starts a job.
import { lchown, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errnoOf } from '../../errors.ts'
import { writeRefusal } from '../service-files.ts'
import type { Owner } from './owner.ts'

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
    throw writeRefusal(home, error)
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
