// Sealed secrets: kept in the commit of their events, all of them under one master key.
import { describe, expect, it } from 'vitest'
import type { SealedSecret } from '../../src/domain/sealed-secret.ts'
import { about, aKey, append, aSecret, leftovers, openWithKey, plain } from './secret-bytes.ts'
import { databaseIn, encoded, openLog, temporaryDirectory } from './temporary-log.ts'

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
