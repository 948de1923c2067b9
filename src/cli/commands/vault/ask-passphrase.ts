// Asks for a passphrase: without echo, and twice for a new one, because nobody can read what they typed.
import { passphraseCharactersMin, refuseShortPassphrase } from '../../../domain/passphrase.ts'
import { TraseError } from '../../../errors.ts'
import type { Io } from '../../io.ts'
import { readSecret } from '../../read-secret.ts'

/** @returns null when it was interrupted @throws TraseError `value_refused` when it is empty */
export async function askPassphrase(io: Io): Promise<string | null> {
  return refuseEmpty(await readSecret(io, 'passphrase of the vault (not shown): '))
}

/** @returns null when it was interrupted @throws TraseError `value_refused` when it is empty, or too short, or typed in two ways */
export async function askNewPassphrase(io: Io): Promise<string | null> {
  const question = `new passphrase, ${passphraseCharactersMin} characters or more (not shown): `
  const passphrase = refuseEmpty(await readSecret(io, question))
  if (passphrase === null) return null
  refuseShortPassphrase(passphrase)
  if (io.stdin.isTTY !== true) return passphrase
  const again = await readSecret(io, 'once more: ')
  if (again === null || again === passphrase) return again
  throw new TraseError('value_refused', 'these are two different passphrases: nothing was changed', {
    hint: 'try again',
  })
}

function refuseEmpty(passphrase: string | null): string | null {
  if (passphrase !== '') return passphrase
  throw new TraseError('value_refused', 'no passphrase was given: nothing was changed', {
    hint: 'type it when asked, or hand it to standard input',
  })
}
