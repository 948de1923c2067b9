// Seals secrets at rest: AES-256-GCM under a data key of its own for each, which is wrapped under the master key.
//
// Layout of both blobs: one byte for the format, 12 of nonce, the encrypted bytes, 16 of tag (NIST SP 800-38D). What a blob
// is, whose it is and which value it holds is authenticated with it, so that no two of them can be swapped.
import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Fingerprint, ProfileId } from '../domain/ids.ts'
import type { Rewrapped, SealedSecret } from '../domain/sealed-secret.ts'
import { TraseError } from '../errors.ts'
import { type MasterKey, masterKeyBytes, type RandomBytes } from './master-key.ts'
import { Secret } from './secret.ts'

const algorithm = 'aes-256-gcm'
const format = 1
const nonceBytes = 12
const tagBytes = 16
/**
 * Secrets are padded to a multiple of this: their length is nobody's business, and the place of one that was destroyed fits
 * the next. One byte 0x80, then zeros: ISO/IEC 7816-4, 8.2.4.
 */
const blockBytes = 256
const endOfSecret = 0x80

/** The secret as it may lie on a disk; a new data key and new nonces with each call. */
export function sealSecret(
  master: MasterKey,
  randomBytes: RandomBytes,
  named: { readonly profileId: ProfileId; readonly fingerprint: Fingerprint },
  secret: Secret,
): SealedSecret {
  const { profileId, fingerprint } = named
  const dataKey = randomBytes(masterKeyBytes)
  try {
    const sealed = encrypt(dataKey, randomBytes(nonceBytes), secretContext(named), secret, paddingOf(secret))
    const wrappedKey = wrap(master, randomBytes, named, dataKey)
    return { profileId, fingerprint, keyId: master.id, wrappedKey, sealed }
  } finally {
    dataKey.fill(0)
  }
}

/** The secret in the clear, owned by the caller. @throws TraseError `vault_damaged`, `vault_key_missing` (another master key) */
export function unsealSecret(master: MasterKey, sealed: SealedSecret): Secret {
  const dataKey = unwrap(master, sealed)
  try {
    const clear = decrypt(dataKey, secretContext(sealed), sealed.sealed)
    if (!clear) throw damaged(sealed)
    try {
      return new Secret(clear.subarray(0, clear.lastIndexOf(endOfSecret)))
    } finally {
      clear.fill(0)
    }
  } finally {
    dataKey.fill(0)
  }
}

/** The data key under another master key; the secret itself is not touched. @throws TraseError see `unsealSecret` */
export function rewrapKey(from: MasterKey, to: MasterKey, randomBytes: RandomBytes, sealed: SealedSecret): Rewrapped {
  const { profileId, fingerprint } = sealed
  const dataKey = unwrap(from, sealed)
  try {
    return { profileId, fingerprint, wrappedKey: wrap(to, randomBytes, sealed, dataKey) }
  } finally {
    dataKey.fill(0)
  }
}

type Named = Pick<SealedSecret, 'profileId' | 'fingerprint'>

function wrap(master: MasterKey, randomBytes: RandomBytes, named: Named, dataKey: Buffer): Buffer {
  const key = new Secret(dataKey)
  try {
    return encrypt(master.bytes, randomBytes(nonceBytes), keyContext(master, named), key, noPadding)
  } finally {
    key.drop()
  }
}

function unwrap(master: MasterKey, sealed: SealedSecret): Buffer {
  if (sealed.keyId !== master.id) {
    throw new TraseError(
      'vault_key_missing',
      `the secret of ${sealed.profileId} is sealed under master key ${sealed.keyId}, and ${master.id} is at hand`,
    )
  }
  const dataKey = decrypt(master.bytes, keyContext(master, sealed), sealed.wrappedKey)
  if (!dataKey || dataKey.length !== masterKeyBytes) throw damaged(sealed)
  return dataKey
}

const noPadding = new Uint8Array(0)

function paddingOf({ size }: Secret): Uint8Array {
  const padding = new Uint8Array(blockBytes - (size % blockBytes))
  padding[0] = endOfSecret
  return padding
}

function encrypt(key: Buffer, nonce: Buffer, context: Buffer, clear: Secret, padding: Uint8Array): Buffer {
  const cipher = createCipheriv(algorithm, key, nonce)
  cipher.setAAD(context)
  const encrypted = clear.encrypt(cipher, padding)
  return Buffer.concat([Uint8Array.of(format), nonce, encrypted, cipher.getAuthTag()])
}

/** Undefined when a single bit of the blob or of what it belongs to is another one. */
function decrypt(key: Buffer, context: Buffer, blob: Uint8Array): Buffer | undefined {
  if (blob[0] !== format || blob.length < 1 + nonceBytes + tagBytes) return undefined
  const decipher = createDecipheriv(algorithm, key, blob.subarray(1, 1 + nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(context)
  decipher.setAuthTag(blob.subarray(-tagBytes))
  const clear = decipher.update(blob.subarray(1 + nonceBytes, -tagBytes))
  try {
    decipher.final() // GCM encrypts as a stream: it gives no further bytes, only the verdict
  } catch (error) {
    clear.fill(0)
    if (error instanceof Error) return undefined // "Unsupported state or unable to authenticate data" has no code
    throw error
  }
  return clear
}

function secretContext({ profileId, fingerprint }: Named): Buffer {
  return Buffer.from(JSON.stringify(['traseai/vault/secret', format, profileId, fingerprint]))
}

function keyContext({ id }: MasterKey, { profileId, fingerprint }: Named): Buffer {
  return Buffer.from(JSON.stringify(['traseai/vault/data-key', format, id, profileId, fingerprint]))
}

function damaged({ profileId }: Named): TraseError {
  return new TraseError('vault_damaged', `the sealed secret of ${profileId} is damaged`)
}
