// Which TCP address the installed service holds for the gateway of a home.
import { join } from 'node:path'
import type { Host } from '../../host.ts'
import { textOrNull } from '../../read-if-allowed.ts'
import { serviceOfHome } from '../service-of-home.ts'
import { unitFolder } from './place.ts'
import { readUnitText } from './read-unit.ts'

/** As systemd writes it, `127.0.0.1:7717`; null when none is held, or none is installed. */
export async function heldAddress(host: Pick<Host, 'env' | 'paths' | 'platform'>): Promise<string | null> {
  const choice = await serviceOfHome(host)
  if (choice?.kind !== 'systemd') return null
  const text = await textOrNull(join(unitFolder(host, choice.scope), 'traseai.socket'))
  return text === null ? null : (readUnitText(text).listens.find((address) => !address.startsWith('/')) ?? null)
}
