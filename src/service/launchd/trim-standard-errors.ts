// Keeps what launchd writes for us from growing: it opens a job's standard error to append, and never cuts it.
import { constants, closeSync, fstatSync, ftruncateSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { errnoOf } from '../../errors.ts'
import type { Host } from '../../host.ts'
import { gatewayLabel } from './place.ts'

/** Some thousand starts that failed. */
const bytesMax = 1_048_576

/** Called by each start under launchd, so that one that fails for months fills no disk. What cannot be cut is left as it is. */
export function trimStandardErrors({ env, paths }: Pick<Host, 'env' | 'paths'>): void {
  // launchd gives each job its label.
  if (env['XPC_SERVICE_NAME'] !== gatewayLabel) return
  for (const name of ['gateway.stderr.log', 'auth-monitor.stderr.log']) trim(join(paths.logs, name))
}

function trim(path: string): void {
  try {
    // A link or a pipe in its place is nobody's log.
    const fd = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const stats = fstatSync(fd)
      if (stats.isFile() && stats.size > bytesMax) ftruncateSync(fd, 0)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error // not there, or not ours
  }
}
