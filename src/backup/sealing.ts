// Seals a stream as age does (https://age-encryption.org/v1): for a key that a passphrase has made, or for recipients.
import { createCipheriv } from 'node:crypto'
import type { ReadableStream } from 'node:stream/web'
import { Encrypter, type Recipient, Stanza } from 'age-encryption'
import type { Sealing } from '../domain/backup.ts'
import { messageOf, quoted, TraseError } from '../errors.ts'

const fileKeyTagBytes = 16

/** @throws TraseError `usage` for a recipient that is none */
export async function seal(clear: ReadableStream<Uint8Array>, sealing: Sealing): Promise<ReadableStream<Uint8Array>> {
  return encrypterFor(sealing).encrypt(clear)
}

function encrypterFor(sealing: Sealing): Encrypter {
  const encrypter = new Encrypter()
  if (sealing.kind === 'passphrase') encrypter.addRecipient(passphraseRecipient(sealing))
  else for (const recipient of sealing.recipients) addRecipient(encrypter, recipient)
  return encrypter
}

function addRecipient(encrypter: Encrypter, recipient: string): void {
  try {
    encrypter.addRecipient(recipient)
  } catch (error) {
    // An identity that was given in place of its recipient must not be shown.
    const isIdentity = recipient.toUpperCase().startsWith('AGE-SECRET-KEY-')
    const shown = isIdentity ? 'an identity (AGE-SECRET-KEY-…)' : quoted(recipient)
    throw new TraseError('usage', `${shown} is no age recipient: ${isIdentity ? 'it opens' : messageOf(error)}`, {
      hint: 'a recipient begins with age1; age-keygen prints the one of its identity as "public key"',
    })
  }
}

/** As age's own scrypt recipient, but with a key that was made elsewhere: 256 MiB of memory that a daemon should not take. */
function passphraseRecipient({ salt, workFactor, key }: Extract<Sealing, { kind: 'passphrase' }>): Recipient {
  return {
    wrapFileKey(fileKey) {
      const cipher = createCipheriv('chacha20-poly1305', Buffer.from(key, 'base64'), Buffer.alloc(12), {
        authTagLength: fileKeyTagBytes,
      })
      const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()])
      const args = ['scrypt', Buffer.from(salt, 'base64').toString('base64').replace(/=+$/, ''), String(workFactor)]
      return [new Stanza(args, new Uint8Array(body))]
    },
  }
}
