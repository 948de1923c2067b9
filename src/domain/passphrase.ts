// What a new passphrase must have, for whoever asks for one and for whoever takes it.
import { TraseError } from '../errors.ts'

/** Of a new one; an old one is what it is. */
export const passphraseCharactersMin = 12

/** @throws TraseError `value_refused` for one that is too short, which says nothing of it but its length */
export function refuseShortPassphrase(passphrase: string): void {
  const { length } = [...passphrase]
  if (length >= passphraseCharactersMin) return
  throw new TraseError(
    'value_refused',
    `a passphrase of ${length} characters is too short: ${passphraseCharactersMin} are the least`,
    { hint: 'some words that nobody else would put together are good, and easy to remember' },
  )
}
