// Whether the sandbox of a system service lets it see a file: traseai.service hides the homes of users, and every user may be another one.
import { realpath, stat } from 'node:fs/promises'
import { dirname, sep } from 'node:path'
import { errnoOf } from '../../errors.ts'

/** What `ProtectHome=yes` and `PrivateTmp=yes` hide, systemd.exec(5). */
const hidden = ['/home', '/root', '/run/user', '/tmp', '/var/tmp'] as const
const othersMayEnter = 0o001
const othersMayRead = 0o004

/** Why such a service could not read `path`, to complete "the service …"; null when it can. @param runAs null for a user of systemd's making */
export async function whyUnreachable(path: string, runAs: string | null): Promise<string | null> {
  const real = await realpath(path)
  const folder = [path, real].flatMap((each) => hidden.filter((root) => each.startsWith(root + sep)))[0]
  if (folder !== undefined) return `sees nothing of ${folder}`
  // A user of one's own may have rights that others have not.
  if (runAs !== null) return null
  for (let at = dirname(real); at !== dirname(at); at = dirname(at)) {
    if (!(await allows(at, othersMayEnter))) return `may not enter ${at}, which is not open to every user`
  }
  return (await allows(real, othersMayRead)) ? null : `may not read ${real}, which is not open to every user`
}

async function allows(path: string, bit: number): Promise<boolean> {
  try {
    return ((await stat(path)).mode & bit) !== 0
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false
  }
}
