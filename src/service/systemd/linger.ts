// Whether systemd runs a user's services while that user is not logged in: loginctl(1) "enable-linger".
import { join } from 'node:path'
import { userInfo } from 'node:os'
import { isThere } from '../../read-if-allowed.ts'

const lingerFolder = '/var/lib/systemd/linger'

/** False also where only logind knows. */
export async function hasLinger(user = userInfo().username): Promise<boolean> {
  return await isThere(join(lingerFolder, user))
}
