// Opens what age has sealed, with a passphrase or with identities, and tells a wrong one from a damaged file.
import { createDecipheriv, scrypt } from 'node:crypto'
import { type ReadableStream, TransformStream } from 'node:stream/web'
import { Decrypter, type Identity, type Stanza } from 'age-encryption'
import { ageScrypt } from '../domain/backup.ts'
import { TraseError } from '../errors.ts'

/** `identities` are lines `AGE-SECRET-KEY-…`. */
export type Opener =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'identities'; readonly identities: readonly string[] }

/** Room for hundreds of recipients. A file of something else may have no end of a line at all, and would be read into memory whole. */
const headerBytesMax = 1_048_576
/** What a foreign file could ask for: 2 ** 20 is 1 GiB, and some seconds. */
const workFactorMax = 20
const tagBytes = 16
const wrappedBytes = 32

/**
 * What is in it, as it is read: each piece was authenticated before it comes out, and a file that was cut short ends in an
 * error of the stream.
 * @throws TraseError `value_refused` for the wrong passphrase or identities, `backup_refused` for what age has not sealed
 */
export async function unseal(sealed: ReadableStream<Uint8Array>, opener: Opener): Promise<ReadableStream<Uint8Array>> {
  const decrypter = new Decrypter()
  addOpener(decrypter, opener)
  const seen: { stanzas?: readonly Stanza[] } = {}
  // Asked last, and so only when none before it could open the file.
  decrypter.addIdentity({
    unwrapFileKey(stanzas: Stanza[]) {
      seen.stanzas = stanzas
      return null
    },
  })
  const header = openHeaderLimit()
  try {
    const clear = await decrypter.decrypt(sealed.pipeThrough(header.stream))
    header.end()
    return clear
  } catch (cause) {
    if (cause instanceof TraseError) throw cause
    if (seen.stanzas) throw wrongOpener(opener, seen.stanzas, cause)
    throw notSealed(cause)
  }
}

function notSealed(cause?: unknown): TraseError {
  return new TraseError('backup_refused', 'this is no file that age has sealed, or its beginning is damaged', { cause })
}

/** The header is read as far as it is needed, so what comes through before `end` is little more than that. */
function openHeaderLimit(): { readonly stream: TransformStream<Uint8Array, Uint8Array>; end(): void } {
  let left = headerBytesMax
  const stream = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      left -= chunk.length
      if (left < 0) throw notSealed()
      controller.enqueue(chunk)
    },
  })
  return { stream, end: () => (left = Infinity) }
}

function addOpener(decrypter: Decrypter, opener: Opener): void {
  if (opener.kind === 'passphrase') return decrypter.addIdentity(passphraseIdentity(opener.passphrase))
  for (const identity of opener.identities) {
    try {
      decrypter.addIdentity(identity)
    } catch (cause) {
      throw new TraseError('value_refused', 'what was given is no age identity (AGE-SECRET-KEY-1…)', { cause })
    }
  }
}

function wrongOpener(opener: Opener, stanzas: readonly Stanza[], cause: unknown): TraseError {
  const hasPassphrase = stanzas.some(({ args: [type] }) => type === 'scrypt')
  if (opener.kind === 'passphrase') {
    return hasPassphrase
      ? new TraseError('value_refused', 'this is not the passphrase of the backup', { cause, hint: 'try again' })
      : new TraseError('value_refused', 'the backup is sealed for age recipients, not with a passphrase', {
          cause,
          hint: 'give the identity of one of them: --identity FILE',
        })
  }
  return new TraseError(
    'value_refused',
    hasPassphrase
      ? 'the backup is sealed with a passphrase, not for age recipients'
      : 'none of the identities is one that the backup is sealed for',
    { cause, hint: hasPassphrase ? 'leave --identity out to be asked for it' : 'give another one: --identity FILE' },
  )
}

/** As age's own, but with Node's scrypt: a third of the time, and its memory goes when it is done. */
function passphraseIdentity(passphrase: string): Identity {
  return {
    async unwrapFileKey(stanzas) {
      const [stanza] = stanzas
      const [type, salt = '', factor = ''] = stanza?.args ?? []
      // A passphrase stands alone, or a file could be opened by others than its maker meant: age.md, "scrypt".
      if (!stanza || type !== 'scrypt' || stanzas.length !== 1) return null
      const workFactor = /^[1-9]\d?$/.test(factor) ? Number(factor) : Infinity
      if (workFactor > workFactorMax || stanza.body.length !== wrappedBytes) {
        throw new TraseError(
          'backup_refused',
          `its passphrase costs 2^${factor}, more than ${workFactorMax} is not taken`,
        )
      }
      const key = await scryptKey(passphrase, Buffer.from(salt, 'base64'), workFactor)
      return openFileKey(key, stanza.body)
    },
  }
}

function scryptKey(passphrase: string, salt: Buffer, workFactor: number): Promise<Buffer> {
  const { label, keyBytes, blockSize } = ageScrypt
  const cost = 2 ** workFactor
  const options = { N: cost, r: blockSize, p: 1, maxmem: 128 * cost * blockSize + 33_554_432 }
  return new Promise((resolve, reject) => {
    scrypt(passphrase, Buffer.concat([Buffer.from(label), salt]), keyBytes, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

/** Null when the key is not the one. */
function openFileKey(key: Buffer, body: Uint8Array): Uint8Array | null {
  const decipher = createDecipheriv('chacha20-poly1305', key, Buffer.alloc(12), { authTagLength: tagBytes })
  decipher.setAuthTag(body.subarray(-tagBytes))
  const fileKey = decipher.update(body.subarray(0, -tagBytes))
  try {
    decipher.final()
    return new Uint8Array(fileKey)
  } catch (error) {
    if (error instanceof Error) return null // "Unsupported state or unable to authenticate data" has no code
    throw error
  }
}
