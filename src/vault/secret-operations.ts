// How the domain handles secrets without seeing them: what environment keys need, done here with the clear text.
import { isClientToken } from '../domain/client-token.ts'
import type { SecretOperations } from '../domain/env-keys.ts'
import { splitKeys } from '../domain/key-variables.ts'
import { Secret } from './secret.ts'

/**
 * Operations on secrets of one installation. What they cut out of a secret is a secret of its own, handed to `onMade` so
 * that somebody can drop it.
 * @param installationKey the key of all fingerprints of this installation
 */
export function secretOperations(
  installationKey: Uint8Array,
  onMade: (secret: Secret) => void,
): SecretOperations<Secret> {
  const made = (text: string): Secret => {
    const secret = new Secret(text)
    onMade(secret)
    return secret
  }
  return {
    isBlank: (secret) => secret.reveal().trim() === '' || isClientToken(secret.reveal()),
    trim(secret) {
      const text = secret.reveal()
      const trimmed = text.trim()
      return trimmed === text ? secret : made(trimmed)
    },
    split: (secret) =>
      splitKeys(secret.reveal())
        .filter((member) => !isClientToken(member))
        .map(made),
    fingerprint: (secret) => secret.fingerprint(installationKey),
  }
}

/** True for a variable that is not there or holds nothing but white space. */
export function isEmpty(secret: Secret | undefined): boolean {
  return secret === undefined || secret.reveal().trim() === ''
}

/** True when all of `now` is only the beginning of `before`; one that is not there is the beginning of any. */
export function isCutShort(now: Secret | undefined, before: Secret): boolean {
  const [text, whole] = [now?.reveal() ?? '', before.reveal()]
  return text.length < whole.length && whole.startsWith(text)
}

/** True for a key that an HTTP header can carry: printable ASCII, with spaces inside at most. */
export function fitsHttpHeader(secret: Secret): boolean {
  return /^[\x20-\x7e]*$/.test(secret.reveal())
}

/**
 * Why what stands in a place of its own, such as a file, is not a key alone, completing "the value …"; null when it is.
 * Nobody has looked at it, as somebody does who pastes one.
 */
export function unfitAloneBecause(secret: Secret): string | null {
  const unfit = unfitBecause(secret)
  if (unfit !== null) return unfit
  const text = secret.reveal()
  if (/\s/.test(text)) return 'has white space in it, as no key has'
  return /^[A-Z][A-Z0-9_]*=./.test(text) ? 'is a line of the form NAME=key: the key must stand there alone' : null
}

/** Why a value cannot be sent as a key, completing "the value …"; null when it can. */
export function unfitBecause(secret: Secret): string | null {
  const text = secret.reveal()
  if (text.trim() === '') return 'is empty'
  if (isClientToken(text)) return "is a token of this gateway, not a provider's key"
  if (/[\r\n]/.test(text)) return 'has more than one line'
  if (text.trim() !== text) return 'has white space around it'
  return fitsHttpHeader(secret) ? null : 'has characters that no key has'
}
