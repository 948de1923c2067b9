// Whether the gateway runs as the user that traseai.json names, and what to say to root when it names nobody.
import { isAbsolute, relative } from 'node:path'
import { TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import { findUser } from '../service/process/user-account.ts'
import { knownUser } from './become-user.ts'

/**
 * To root who needs no root it is told in the log.
 * @param user `gateway.user`
 * @throws TraseError `permission_denied` when it is somebody else, whom only root can become; `configuration_invalid` (no such user)
 */
export function checkRunningUser(host: Host, user: string | null): void {
  if (user === null) {
    if (host.uid === 0 && !isRootsOwn(host)) host.log.warn({ home: host.paths.home }, asRoot)
    return
  }
  const { uid } = knownUser(user, host)
  if (uid === host.uid) return
  throw new TraseError(
    'permission_denied',
    `${host.paths.configuration}: gateway.user is ${user} (uid ${uid}), but the gateway was started as uid ${host.uid}`,
    { hint: `start it as ${user === 'root' ? user : `${user} or as root`}, or take gateway.user out of it` },
  )
}

const asRoot =
  'the gateway runs as root, which it has no need of: name a user in traseai.json (gateway.user), and give it the home'

/** Root who keeps keys of their own, as every other user does, has nothing to drop to. */
function isRootsOwn({ paths, platform }: Host): boolean {
  const directory = findUser('root', platform)?.directory
  if (directory === undefined) return false
  const way = relative(directory, paths.home)
  return !way.startsWith('..') && !isAbsolute(way)
}
