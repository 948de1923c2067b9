// Where the units of each scope lie, and which home the one that is there serves. Small: every start of a gateway asks it.
import { join } from 'node:path'
import type { Host } from '../../host.ts'
import type { Scope } from '../init-system.ts'
import { textOrNull } from '../../read-if-allowed.ts'

/** The home of the machine's own gateway: what `StateDirectory=traseai` makes. */
export const systemHome = '/var/lib/traseai'

/** Where `gateway install` writes; what packages bring lies elsewhere. */
export function unitFolder({ env }: Pick<Host, 'env'>, scope: Scope): string {
  if (scope === 'system') return '/etc/systemd/system'
  return join(env['XDG_CONFIG_HOME'] || join(env['HOME'] ?? '/', '.config'), 'systemd', 'user')
}

/** `TRASEAI_HOME` of the installed gateway; for a unit that sets none, the home it has by itself. Null when there is no unit. */
export async function homeOfUnit(host: Pick<Host, 'env'>, scope: Scope): Promise<string | null> {
  const text = await textOrNull(join(unitFolder(host, scope), 'traseai.service'))
  if (text === null) return null
  // Our own units have it in quotes with C escapes, systemd.syntax(7); those that people write mostly have it bare.
  const [, quotedHome, bareHome] =
    /^Environment=(?:.*\s)?(?:"TRASEAI_HOME=((?:[^"\\]|\\.)*)"|TRASEAI_HOME=(\S+))/m.exec(text) ?? []
  const written = quotedHome?.replace(/\\(.)/g, '$1') ?? bareHome
  if (written !== undefined) return written.replaceAll('%%', '%')
  return scope === 'user' ? join(host.env['HOME'] ?? '/', '.traseai') : systemHome
}
