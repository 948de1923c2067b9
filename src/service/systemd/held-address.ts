// Which TCP address the installed service holds for the gateway of a home.
import { join } from 'node:path'
import type { Host } from '../../host.ts'
import { portOwner } from '../../port-owner.ts'
import { textOrNull } from '../../read-if-allowed.ts'
import { serviceOfHome } from '../service-of-home.ts'
import { unitFolder } from './place.ts'
import { readUnitText } from './read-unit.ts'

/** As systemd writes it, `127.0.0.1:7717`; null when none is held, or none is installed. */
export async function heldAddress(host: Pick<Host, 'env' | 'paths' | 'platform'>): Promise<string | null> {
  const choice = await serviceOfHome(host)
  if (choice?.kind !== 'systemd') return null
  return await addressIn(unitFolder(host, choice.scope))
}

/** Why systemd cannot hold it, where another program is seen there: `127.0.0.1:7717 is in use by nginx (pid 12)`; else null. */
export async function addressTaken(folder: string): Promise<string | null> {
  const address = await addressIn(folder)
  const owner = address && (await portOwner(Number(address.slice(address.lastIndexOf(':') + 1))))
  return owner ? `${address} is in use by ${owner.words}` : null
}

async function addressIn(folder: string): Promise<string | null> {
  const text = await textOrNull(join(folder, 'traseai.socket'))
  return text === null ? null : (readUnitText(text).listens.find((address) => !address.startsWith('/')) ?? null)
}
