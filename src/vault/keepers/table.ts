// Every keeper of a master key, and which one a configuration means.
import type { KeeperKind } from '../../domain/events.ts'
import type { Host } from '../../host.ts'
import type { Keeper } from './keeper.ts'
import { keyFile } from './key-file.ts'
import { keyring } from './keyring.ts'
import { passphrase } from './passphrase.ts'
import { hasSystemdKey, systemd } from './systemd.ts'

export const keepers: Readonly<Record<KeeperKind, Keeper>> = {
  systemd,
  keyring,
  passphrase,
  'key-file': keyFile,
}

/** `auto` is what is there without anybody's doing: a key that systemd hands over, else a key file. */
export function resolveKeeper(host: Host, configured: 'auto' | KeeperKind): KeeperKind {
  if (configured !== 'auto') return configured
  return hasSystemdKey(host) ? 'systemd' : 'key-file'
}
