// Sealed secrets of random bytes for tests of the storage, and the search for what is left of them in the files.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { parseFingerprint, parseProfileId } from '../../src/domain/ids.ts'
import type { SealedSecret, VaultKey } from '../../src/domain/sealed-secret.ts'
import type { NewEvent } from '../../src/storage/event-log.ts'
import type { Storage } from '../../src/storage/open-storage.ts'
import { anEvent, databaseIn, encoded, openCore, temporaryDirectory } from './temporary-log.ts'

export const aKey = (keyId = '00000000000000aa'): VaultKey => ({ keyId, keeper: 'key-file', parameters: {} })

export function aSecret(
  name: string,
  bytes = 100,
  fingerprint = '0000000000000001',
  keyId = aKey().keyId,
): SealedSecret {
  const profileId = parseProfileId(`acme:${name}`)
  return {
    profileId,
    fingerprint: parseFingerprint(fingerprint),
    keyId,
    wrappedKey: randomBytes(61),
    sealed: randomBytes(bytes),
  }
}

/** An event about a credential, with the rest of its data as given. */
export function about(
  { profileId }: SealedSecret,
  type: string,
  data: Readonly<Record<string, unknown>> = {},
): NewEvent {
  return anEvent({ type, data: { profileId, ...data } })
}

/** Appends one event to the credential's stream, with its secret if there is one; gives the outcome. */
export function append(storage: Storage, secret: SealedSecret, event: NewEvent, sealed?: SealedSecret): unknown {
  const stream = `credential:${secret.profileId}`
  const request = encoded(stream, storage.streamVersion(stream), [event])
  return storage.append([sealed ? { ...request, sealed } : request])[0]
}

/** As long as a nonce: what is shorter says nothing. */
const pieceBytes = 12

/** Which pieces of a secret the database's files hold, `file: offset in the secret` each. */
export function leftovers(databasePath: string, secrets: readonly SealedSecret[]): string[] {
  const paths = [databasePath, `${databasePath}-wal`, `${databasePath}-journal`].filter((path) => existsSync(path))
  return paths.flatMap((path) => {
    const content = readFileSync(path)
    return secrets.flatMap(({ profileId, wrappedKey, sealed }) =>
      [wrappedKey, sealed].flatMap((blob) =>
        piecesOf(blob).flatMap((piece, index) =>
          content.includes(Buffer.from(piece)) ? [`${path}: ${profileId} ${index}`] : [],
        ),
      ),
    )
  })
}

function piecesOf(blob: Uint8Array): Uint8Array[] {
  // Of a long one the ends and some between: a page that was left behind holds hundreds of them.
  const step = Math.max(1, Math.floor((blob.length - pieceBytes) / 8))
  return Array.from({ length: 9 }, (_, index) => blob.subarray(index * step, index * step + pieceBytes))
}

/** A log that has a master key already. */
export function openWithKey(databasePath = databaseIn(temporaryDirectory())): Storage & { readonly path: string } {
  const storage = openCore(databasePath)
  storage.saveVaultKey({ key: aKey(), rewrapped: [] })
  return { ...storage, path: databasePath }
}

/** Blobs come back as Buffers. */
export const plain = (secret: SealedSecret): SealedSecret => ({
  ...secret,
  wrappedKey: new Uint8Array(secret.wrappedKey),
  sealed: new Uint8Array(secret.sealed),
})
