// Sealed secrets: kept in the commit of their events, and gone from the bytes of the files with the credential they belong to.
import { readFileSync, statSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFingerprint } from '../../src/domain/ids.ts'
import type { SealedSecret } from '../../src/domain/sealed-secret.ts'
import { connectDatabase } from '../../src/storage/connect-database.ts'
import type { Storage } from '../../src/storage/open-storage.ts'
import { about, aKey, append, aSecret, leftovers } from './secret-bytes.ts'
import { anEvent, databaseIn, encoded, openCore, openLog, temporaryDirectory } from './temporary-log.ts'

function openWithKey(databasePath = databaseIn(temporaryDirectory())): Storage & { readonly path: string } {
  const storage = openCore(databasePath)
  storage.saveVaultKey({ key: aKey(), rewrapped: [] })
  return { ...storage, path: databasePath }
}

/** Blobs come back as Buffers. */
const plain = (secret: SealedSecret): SealedSecret => ({
  ...secret,
  wrappedKey: new Uint8Array(secret.wrappedKey),
  sealed: new Uint8Array(secret.sealed),
})

describe('a sealed secret', () => {
  it('is there at the next start, with the master key that it is wrapped with', async () => {
    const path = databaseIn(temporaryDirectory())
    const first = await openLog(path)
    expect([first.secrets, first.vaultKey]).toEqual([[], null])
    const key = { ...aKey(), parameters: { salt: 'c2FsdA==' } }
    expect(await first.log.saveVaultKey(key, [])).toBe(true)
    const secret = aSecret('default')
    await first.log.append({
      stream: 'credential:acme:default',
      expectedVersion: 0,
      events: [about(secret, 'CredentialAdded')],
      sealed: secret,
    })
    expect((await first.log.readSecrets()).map(plain)).toEqual([plain(secret)])
    await first.log.close()
    const second = await openLog(path)
    expect(second.secrets.map(plain)).toEqual([plain(secret)])
    expect(second.vaultKey).toEqual(key)
  })

  it('is not kept when its event is not', () => {
    const storage = openWithKey()
    const secret = aSecret('default')
    const request = { ...encoded('credential:acme:default', 7, [about(secret, 'CredentialAdded')]), sealed: secret }
    expect(storage.append([request])).toMatchObject([{ outcome: 'conflict' }])
    expect(storage.readSecrets()).toEqual([])
  })

  it('of another master key than the one in use is refused, and its neighbours are unharmed', () => {
    const storage = openWithKey()
    const [old, good] = [aSecret('old', 100, undefined, 'ffffffffffffffff'), aSecret('good')]
    const outcomes = storage.append(
      [old, good].map((sealed) => ({
        ...encoded(`credential:${sealed.profileId}`, 0, [about(sealed, 'CredentialAdded')]),
        sealed,
      })),
    )
    expect(outcomes).toMatchObject([{ code: 'conflict' }, { outcome: 'appended', firstPosition: 1 }])
    expect(storage.readSecrets().map(({ profileId }) => profileId)).toEqual([good.profileId])
  })

  it('that no table takes fails alone', () => {
    const storage = openWithKey()
    const [bad, good] = [{ ...aSecret('bad'), wrappedKey: new Uint8Array(3) }, aSecret('good')]
    const outcomes = storage.append(
      [bad, good].map((sealed) => ({
        ...encoded(`credential:${sealed.profileId}`, 0, [about(sealed, 'CredentialAdded')]),
        sealed,
      })),
    )
    expect(outcomes).toMatchObject([{ code: 'storage_failed' }, { outcome: 'appended' }])
  })

  it('takes the place of the one before under its id', () => {
    const storage = openWithKey()
    const [first, second] = [aSecret('default'), aSecret('default', 80, '0000000000000002')]
    append(storage, first, about(first, 'CredentialAdded'), first)
    append(storage, second, about(second, 'CredentialRotated', { to: second.fingerprint }), second)
    expect(storage.readSecrets().map(plain)).toEqual([plain(second)])
    expect(leftovers(storage.path, [first])).toEqual([])
    expect(leftovers(storage.path, [second])).not.toEqual([])
  })

  it('stays when its credential gets another end, and when another one is removed', () => {
    const storage = openWithKey()
    const [kept, other] = [aSecret('kept'), aSecret('other')]
    for (const secret of [kept, other]) append(storage, secret, about(secret, 'CredentialAdded'), secret)
    append(storage, kept, about(kept, 'CredentialRotated', { from: kept.fingerprint, to: kept.fingerprint }))
    append(storage, kept, about(kept, 'CredentialRefreshed', { expiresAt: '2030-01-01T00:00:00.000Z' }))
    append(storage, other, about(other, 'CredentialRemoved', { reason: 'user' }))
    expect(storage.readSecrets().map(plain)).toEqual([plain(kept)])
  })
})

describe('a destroyed secret', () => {
  it('is in no file any more when the removal is acknowledged', () => {
    const storage = openWithKey()
    const secret = aSecret('default', 5_000)
    append(storage, secret, about(secret, 'CredentialAdded'), secret)
    expect(leftovers(storage.path, [secret])).not.toEqual([])
    append(storage, secret, about(secret, 'CredentialRemoved', { reason: 'user' }))
    expect(storage.readSecrets()).toEqual([])
    expect(leftovers(storage.path, [secret])).toEqual([])
  })

  it('is gone with its event, whoever writes that', () => {
    const storage = openWithKey()
    const secret = aSecret('default')
    append(storage, secret, about(secret, 'CredentialAdded'), secret)
    const other = connectDatabase(storage.path)
    other.exec(
      `INSERT INTO events (position, stream, version, type, schema, at, actor, data)
       VALUES (2, 'elsewhere', 1, 'CredentialRemoved', 1, 0, '{}', '{"profileId":"acme:default"}')`,
    )
    other.close()
    expect(storage.readSecrets()).toEqual([])
  })

  it('leaves nothing in pages that were split, merged, freed or copied', { timeout: 60_000 }, () => {
    const sizes = fc.oneof(fc.integer({ min: 40, max: 400 }), fc.integer({ min: 400, max: 9_000 }))
    const step = fc.record({
      what: fc.constantFrom('add', 'add', 'add', 'rotate', 'remove', 'rekey'),
      who: fc.nat(79),
      bytes: sizes,
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
        const storage = openWithKey()
        const kept = new Map<number, SealedSecret>()
        const destroyed: SealedSecret[] = []
        let keys = 0
        let keyId = aKey().keyId
        for (const { what, who, bytes } of steps) {
          const before = kept.get(who)
          if (what === 'rekey') {
            keyId = (keys += 1).toString(16).padStart(16, '0')
            for (const [each, secret] of kept) {
              destroyed.push({ ...secret, sealed: secret.wrappedKey })
              kept.set(each, { ...secret, keyId, wrappedKey: aSecret('x').wrappedKey })
            }
            expect(storage.saveVaultKey({ key: aKey(keyId), rewrapped: [...kept.values()] })).toBe(true)
          } else if (what === 'remove') {
            if (!before) continue
            append(storage, before, about(before, 'CredentialRemoved', { reason: 'user' }))
            kept.delete(who)
            destroyed.push(before)
          } else {
            const secret = aSecret(
              `n${who}`,
              bytes,
              parseFingerprint(before ? '0000000000000002' : '0000000000000001'),
              keyId,
            )
            append(
              storage,
              secret,
              about(secret, before ? 'CredentialRotated' : 'CredentialAdded', { to: secret.fingerprint }),
              secret,
            )
            if (before) destroyed.push(before)
            kept.set(who, secret)
          }
          if (destroyed.length > 0) expect(leftovers(storage.path, destroyed.slice(-40))).toEqual([])
        }
        expect(leftovers(storage.path, destroyed)).toEqual([])
        expect(storage.readSecrets().map(plain)).toEqual([...kept.values()].map(plain).toSorted(byRow(storage)))
        storage.close()
      }),
      { numRuns: 15 },
    )
  })

  it('goes with the next commit after somebody who was reading the old pages has finished', () => {
    const storage = openWithKey()
    const secret = aSecret('default')
    append(storage, secret, about(secret, 'CredentialAdded'), secret)
    const reader = connectDatabase(storage.path)
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM secrets').get()
    append(storage, secret, about(secret, 'CredentialRemoved', { reason: 'user' }))
    expect(leftovers(storage.path, [secret])).not.toEqual([])
    reader.exec('COMMIT')
    storage.append([encoded('gateway', 0, [anEvent()])])
    expect(leftovers(storage.path, [secret])).toEqual([])
    reader.close()
  })

  it('goes when the log is closed, if no commit came after the reader', () => {
    const storage = openWithKey()
    const secret = aSecret('default')
    append(storage, secret, about(secret, 'CredentialAdded'), secret)
    const reader = connectDatabase(storage.path)
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM secrets').get()
    append(storage, secret, about(secret, 'CredentialRemoved', { reason: 'user' }))
    reader.exec('COMMIT')
    storage.close()
    expect(leftovers(storage.path, [secret])).toEqual([])
    reader.close()
  })

  it('costs commits that destroy nothing no copying of pages', () => {
    const storage = openWithKey()
    const secret = aSecret('default')
    append(storage, secret, about(secret, 'CredentialAdded'), secret)
    const sizes = [1, 2, 3].map((version) => {
      storage.append([encoded('gateway', version - 1, [anEvent()])])
      return statSync(`${storage.path}-wal`).size
    })
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b))
    expect(readFileSync(`${storage.path}-wal`).length).toBeGreaterThan(0)
  })
})

describe('the master key', () => {
  it('changes for all secrets at once', () => {
    const storage = openWithKey()
    const secrets = [aSecret('a'), aSecret('b')]
    for (const secret of secrets) append(storage, secret, about(secret, 'CredentialAdded'), secret)
    const rewrapped = secrets.map((secret) => ({ ...secret, wrappedKey: aSecret('x').wrappedKey }))
    expect(storage.saveVaultKey({ key: aKey('00000000000000bb'), rewrapped })).toBe(true)
    expect(storage.readSecrets().map(plain)).toEqual(
      rewrapped.map((secret) => plain({ ...secret, keyId: '00000000000000bb' })),
    )
    expect(
      leftovers(
        storage.path,
        secrets.map((secret) => ({ ...secret, sealed: secret.wrappedKey })),
      ),
    ).toEqual([])
  })

  it.each([
    ['one is not named', (all: SealedSecret[]) => all.slice(1)],
    ['one too many is named', (all: SealedSecret[]) => [...all, aSecret('c')]],
    ['one has another value', (all: SealedSecret[]) => [{ ...aSecret('a', 100, '0000000000000009') }, ...all.slice(1)]],
    ['one is named twice', (all: SealedSecret[]) => [...all.slice(1), ...all.slice(1)]],
  ])('stays as it is when %s', (_, change) => {
    const storage = openWithKey()
    const secrets = [aSecret('a'), aSecret('b')]
    for (const secret of secrets) append(storage, secret, about(secret, 'CredentialAdded'), secret)
    expect(storage.saveVaultKey({ key: aKey('00000000000000bb'), rewrapped: change(secrets) })).toBe(false)
    expect(storage.readSecrets().map(plain)).toEqual(secrets.map(plain))
  })
})

function byRow(storage: Storage): (a: SealedSecret, b: SealedSecret) => number {
  const order = storage.readSecrets().map(({ profileId }) => profileId)
  return (a, b) => order.indexOf(a.profileId) - order.indexOf(b.profileId)
}
