// Whether systemd runs a user's services while that user is not logged in: loginctl(1) "enable-linger".
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { userInfo } from 'node:os'
import { errnoOf } from '../../errors.ts'

const lingerFolder = '/var/lib/systemd/linger'

/** False also where only logind knows. */
export async function hasLinger(user = userInfo().username): Promise<boolean> {
  try {
    await access(join(lingerFolder, user))
    return true
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false
  }
}
