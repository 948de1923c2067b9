// Where launchd's jobs of each scope lie, and what the installed one serves. Small: every start of a gateway on a Mac asks it.
import { join } from 'node:path'
import type { Host } from '../../host.ts'
import type { Scope } from '../init-system.ts'
import { textOrNull } from '../../read-if-allowed.ts'

export const gatewayLabel = 'ai.traseai.gateway'
export const monitorLabel = 'ai.traseai.auth-monitor'

/** The home of a machine's own gateway, which its user alone may enter. */
export const launchdSystemHome = '/Library/Application Support/TraseAI'

/** What an installed job says of itself, as far as anybody asks. */
export interface InstalledJob {
  readonly path: string
  readonly home: string
  readonly socket: string
  /** True when it belongs to the session that ssh opens too, and not to the one at the screen. */
  readonly isBackground: boolean
  /** From SIGTERM to SIGKILL. */
  readonly exitSeconds: number
  readonly standardErrorPath: string | null
  /** False for one that `gateway install` did not write. */
  readonly isOurs: boolean
}

/** By this a plist is known as one that may be replaced and removed. */
export const plistMark = 'Written by: traseai gateway install'

/** Where `gateway install` writes. @param daemons instead of the Mac's folder of daemons */
export function launchdFolder(
  { env }: Pick<Host, 'env'>,
  scope: Scope,
  daemons: string = '/Library/LaunchDaemons',
): string {
  return scope === 'system' ? daemons : join(env['HOME'] ?? '/', 'Library', 'LaunchAgents')
}

/** A user's jobs belong to the session at the screen, or to the one that ssh opens too; see `InstalledJob`. */
export function domainOf({ uid }: Pick<Host, 'uid'>, scope: Scope, isBackground: boolean): string {
  if (scope === 'system') return 'system'
  return isBackground ? `user/${uid}` : `gui/${uid}`
}

/** Null when no gateway is installed there. */
export async function installedJob(host: Pick<Host, 'env'>, folder: string): Promise<InstalledJob | null> {
  const path = join(folder, `${gatewayLabel}.plist`)
  const text = await textOrNull(path)
  if (text === null) return null
  const home = stringOf(text, 'TRASEAI_HOME') ?? join(host.env['HOME'] ?? '/', '.traseai')
  const [, seconds] = /<key>ExitTimeOut<\/key>\s*<integer>(\d+)</.exec(text) ?? []
  return {
    path,
    home,
    socket: stringOf(text, 'TRASEAI_SOCKET') ?? join(home, 'control.sock'),
    isBackground: stringOf(text, 'LimitLoadToSessionType') === 'Background',
    exitSeconds: seconds === undefined ? exitSecondsDefault : Number(seconds),
    standardErrorPath: stringOf(text, 'StandardErrorPath'),
    isOurs: isOurs(text),
  }
}

/** The home that the installed gateway serves; null when none is installed. */
export async function homeOfJob(host: Pick<Host, 'env'>, scope: Scope): Promise<string | null> {
  return (await installedJob(host, launchdFolder(host, scope)))?.home ?? null
}

/** False for a plist that somebody made otherwise. */
export const isOurs = (plistText: string): boolean => plistText.includes(plistMark)

/** launchd.plist(5) leaves it to the system; this is what it was while it was documented. */
const exitSecondsDefault = 20

/** The string of a key, in XML as the plist package writes it and as people do. */
function stringOf(text: string, key: string): string | null {
  const [, value] = new RegExp(`<key>${key}</key>\\s*<string>([^<]*)</string>`).exec(text) ?? []
  return value === undefined ? null : value.replace(/&(#x?[0-9a-fA-F]+|\w+);/g, characterOf)
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function characterOf(whole: string, name: string): string {
  if (!name.startsWith('#')) return entities[name] ?? whole
  const isHexadecimal = name[1] === 'x'
  return String.fromCodePoint(Number.parseInt(name.slice(isHexadecimal ? 2 : 1), isHexadecimal ? 16 : 10))
}
