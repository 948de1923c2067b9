// A gateway that root started becomes the user whom traseai.json names, before it opens anything else of the home.
import { lstatSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { errnoOf, messageOf, TraseError } from '../errors.ts'
import type { Environment, Host } from '../host.ts'
import { readWarily } from '../read-warily.ts'
import { findUser, type UserAccount } from '../service/process/user-account.ts'

/** Of a larger file the start itself says that it is too large. */
const configurationBytesMax = 1_048_576

/**
 * To be called by root alone. Gives back the environment of the user, with the home where root found it; null when the configuration names
 * nobody, or root.
 * @throws TraseError `configuration_invalid` (the file, or no such user), `home_not_ours` with what gives it to that user, `permission_denied`
 */
export async function becomeUser(host: Host): Promise<Environment | null> {
  const name = await configuredUser(host)
  if (name === null) return null
  const user = knownUser(name, host)
  if (user.uid === 0) return null
  checkOwner(host, user)
  try {
    host.becomeUser(user)
  } catch (error) {
    throw new TraseError('permission_denied', `root cannot become ${name} (gateway.user): ${messageOf(error)}`, {
      cause: error,
    })
  }
  const { XDG_RUNTIME_DIR: _ofRoot, ...env } = host.env
  return { ...env, HOME: user.directory, USER: name, LOGNAME: name, TRASEAI_HOME: host.paths.home }
}

/** Who `gateway.user` is. @throws TraseError `configuration_invalid` */
export function knownUser(name: string, { platform, paths }: Pick<Host, 'platform' | 'paths'>): UserAccount {
  const user = findUser(name, platform)
  if (user !== null) return user
  throw new TraseError('configuration_invalid', `${paths.configuration}: gateway.user: there is no user ${name} here`, {
    hint: `make one (useradd --system ${name}), or take gateway.user out of it`,
  })
}

/** A file without that word names nobody, and is not worth the time that it takes to load what reads it properly. */
async function configuredUser(host: Host): Promise<string | null> {
  const file = await readWarily(host.paths.configuration, configurationBytesMax)
  if (file.kind !== 'file' || !file.bytes.includes('user')) return null
  const { openConfiguration } = await import('../sources/configuration-source.ts')
  const configuration = await openConfiguration({ host, onChange() {} })
  await configuration.close()
  return configuration.current().value.gateway.user
}

/** What root made in the home would be found out one by one. Whoever administers traseai.json may own that. */
function checkOwner({ paths }: Host, { name, uid }: UserAccount): void {
  const { home, configuration } = paths
  const entries = readdirSync(home).filter((entry) => entry !== basename(configuration))
  const others = [home, ...entries.map((entry) => join(home, entry))].filter((path) => ownerOf(path) !== uid)
  const [first] = others
  if (first === undefined) return
  const more = others.length === 1 ? '' : `, and ${others.length - 1} more in it,`
  throw new TraseError('home_not_ours', `${first}${more} does not belong to ${name}, whom gateway.user names`, {
    hint: `chown -R ${name}: ${home}`,
  })
}

/** One that is gone meanwhile is nobody's trouble: null, which is no uid. */
function ownerOf(path: string): number | null {
  try {
    return lstatSync(path).uid
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
}
