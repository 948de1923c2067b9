// The keepers in the words of the command line.
import { TraseError } from '../../../errors.ts'
import type { KeeperKind } from '../../../domain/events.ts'
import { suggest } from '../../../domain/suggest.ts'

/** One line for each, in the order of `auto`; a keeper without words is a type error. */
export const keeperWords: Readonly<Record<KeeperKind, string>> = {
  systemd: 'a credential that systemd hands to the service',
  keyring: "the keyring of the desktop's session",
  passphrase: 'the key is made from it, and kept nowhere',
  'key-file': 'the file vault.key in the home',
}

/** @throws TraseError `usage` */
export function parseKeeper(text: string): KeeperKind {
  const kinds = Object.keys(keeperWords) as KeeperKind[] // the keys of the table above
  const kind = kinds.find((each) => each === text)
  if (kind) return kind
  const nearest = suggest(text, kinds)
  throw new TraseError('usage', `${JSON.stringify(text)} is no keeper of a key`, {
    hint: `${nearest === undefined ? '' : `did you mean ${nearest}? `}there are ${kinds.join(', ')}`,
  })
}
