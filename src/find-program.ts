// Where a program of the user is: on PATH, or where installers put it when a service's PATH does not say so.
import { access, constants, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { errnoOf } from './errors.ts'
import type { Host } from './host.ts'

type FindHost = Pick<Host, 'env' | 'execPath'>

/** The absolute path of the first program of that name; null when there is none that this user may run. */
export async function findProgram(host: FindHost, name: string): Promise<string | null> {
  for (const folder of programFolders(host)) {
    const path = join(folder, name)
    if (await isProgram(path)) return path
  }
  return null
}

/** A service is started with a short PATH: the folders behind it are those of installers, and of npm's global programs. */
export function programFolders({ env, execPath }: FindHost): readonly string[] {
  const home = env['HOME'] ?? ''
  const prefix = env['npm_config_prefix'] ?? env['NPM_CONFIG_PREFIX']
  const folders = [
    ...(env['PATH'] ?? '').split(':'),
    ...(home === '' ? [] : [join(home, '.local/bin'), join(home, '.claude/local'), join(home, '.npm-global/bin')]),
    ...(prefix === undefined ? [] : [join(prefix, 'bin')]),
    // npm puts global programs beside Node, unless it was told otherwise.
    dirname(execPath),
    '/usr/local/bin',
    '/opt/homebrew/bin',
  ]
  // A relative folder would mean another program in every working directory.
  return [...new Set(folders.filter((folder) => isAbsolute(folder)))]
}

/** Whether it is a file that this user may run. */
export async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false // not there, or not for this user
  }
}
