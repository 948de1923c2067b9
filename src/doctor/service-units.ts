// Finds what service managers were told about us: systemd units and launchd plists, with the variables they set.
import { join } from 'node:path'
import type { Host } from '../host.ts'
import { namesIn, textOf } from '../read-if-allowed.ts'
import { readUnitText } from '../service/systemd/read-unit.ts'

export interface ServiceUnit {
  readonly path: string
  /** Starts by itself: with the machine, or with the user's session. */
  readonly enabled: boolean
  /** The names of the variables that it sets itself, without their values. */
  readonly variables: readonly string[]
}

/** A unit is some hundred bytes. */
const unitCharsMax = 65_536

/** Ours by name, `traseai*.service` and `*traseai*.plist`, also those that somebody wrote by hand. */
export async function serviceUnits({ env, platform }: Pick<Host, 'env' | 'platform'>): Promise<readonly ServiceUnit[]> {
  const home = env['HOME'] ?? ''
  const found = platform === 'darwin' ? launchdFolders(home).map(plistsIn) : systemdFolders(env, home).map(unitsIn)
  return (await Promise.all(found)).flat()
}

function systemdFolders(env: Host['env'], home: string): readonly string[] {
  return [
    join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'systemd', 'user'),
    '/etc/systemd/system',
    '/etc/systemd/user',
    '/usr/lib/systemd/system',
    '/usr/lib/systemd/user',
  ]
}

function launchdFolders(home: string): readonly string[] {
  return [join(home, 'Library', 'LaunchAgents'), '/Library/LaunchAgents', '/Library/LaunchDaemons']
}

async function unitsIn(folder: string): Promise<readonly ServiceUnit[]> {
  const names = await namesIn(folder)
  const wants = names.filter((name) => name.endsWith('.wants'))
  const enabled = new Set((await Promise.all(wants.map((name) => namesIn(join(folder, name))))).flat())
  const units = names.filter((name) => /^traseai.*\.service$/.test(name))
  return Promise.all(
    units.map(async (name) => {
      const path = join(folder, name)
      // What an administrator adds lies in a folder beside it, systemd.unit(5).
      const dropIns = (await namesIn(`${path}.d`)).filter((each) => each.endsWith('.conf'))
      const texts = await Promise.all([path, ...dropIns.map((each) => join(`${path}.d`, each))].map(unitText))
      const isEnabled = [name, name.replace(/service$/, 'timer')].some((each) => enabled.has(each))
      return { path, enabled: isEnabled, variables: texts.flatMap(variablesOfUnit) }
    }),
  )
}

async function plistsIn(folder: string): Promise<readonly ServiceUnit[]> {
  const names = (await namesIn(folder)).filter((name) => name.includes('traseai') && name.endsWith('.plist'))
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      return { path, enabled: true, variables: variablesOfPlist(await unitText(path)) }
    }),
  )
}

/** Of one file: what another one takes back is to be read in it all the same. */
const variablesOfUnit = (text: string): readonly string[] => [...readUnitText(text).variables.keys()]

/** The keys of the dictionary `EnvironmentVariables`, launchd.plist(5). */
export function variablesOfPlist(text: string): readonly string[] {
  const [, dictionary = ''] = /<key>EnvironmentVariables<\/key>\s*<dict>([\s\S]*?)<\/dict>/.exec(text) ?? []
  return [...dictionary.matchAll(/<key>([^<]*)<\/key>/g)].map(([, name = '']) => name)
}

const unitText = async (path: string): Promise<string> => (await textOf(path)).slice(0, unitCharsMax)
