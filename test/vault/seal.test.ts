// Sealing: what comes back is what went in, and nothing else than the very bytes, in the very place, opens.
import { webcrypto } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFingerprint, parseProfileId } from '../../src/domain/ids.ts'
import type { SealedSecret } from '../../src/domain/sealed-secret.ts'
import { realHost } from '../../src/host.ts'
import { drawMasterKey, masterKeyOf } from '../../src/vault/master-key.ts'
import { rewrapKey, sealSecret, unsealSecret } from '../../src/vault/seal.ts'
import { Secret } from '../../src/vault/secret.ts'

const { randomBytes } = realHost()
const named = { profileId: parseProfileId('anthropic:default'), fingerprint: parseFingerprint('00000000000000aa') }
const master = drawMasterKey(randomBytes)
const text = 'sk-ant-test-0123456789abcdef'

const sealText = (clear: string): SealedSecret => sealSecret(master, randomBytes, named, new Secret(clear))
const refusal = (sealed: SealedSecret, key = master): unknown => {
  try {
    return unsealSecret(key, sealed).reveal()
  } catch (error) {
    return error
  }
}

/** 0, 1, 2 …, so that the same bytes come out for ever. */
function countingBytes(): (bytes: number) => Buffer {
  let next = 0
  return (bytes) => Buffer.from(Array.from({ length: bytes }, () => next++ % 256))
}

describe('a sealed secret', () => {
  it('opens to the same bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        const sealed = sealSecret(master, randomBytes, named, new Secret(bytes))
        expect(unsealSecret(master, sealed).equals(new Secret(bytes))).toBe(true)
      }),
    )
  })

  it('shows neither its text nor its length', () => {
    const [short, long] = [sealText('x'), sealText(text)]
    expect(Buffer.from(long.sealed).includes(text.slice(0, 8))).toBe(false)
    expect(short.sealed.length).toBe(long.sealed.length)
    expect(sealText('y'.repeat(256)).sealed.length).toBe(long.sealed.length + 256)
  })

  it('is other bytes each time, key and all', () => {
    const [first, second] = [sealText(text), sealText(text)]
    expect(Buffer.from(first.sealed).equals(second.sealed)).toBe(false)
    expect(Buffer.from(first.wrappedKey).equals(second.wrappedKey)).toBe(false)
  })

  it('does not open when any one bit of it is another', () => {
    const sealed = sealText(text)
    for (const part of ['sealed', 'wrappedKey'] as const) {
      for (let bit = 0; bit < sealed[part].length * 8; bit += 1) {
        const bytes = Buffer.from(sealed[part])
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(refusal({ ...sealed, [part]: bytes })).toMatchObject({ code: 'vault_damaged' })
      }
    }
  })

  it('does not open when it is cut short or has more', () => {
    const sealed = sealText(text)
    for (const part of ['sealed', 'wrappedKey'] as const) {
      for (let length = 0; length < sealed[part].length; length += 1) {
        expect(refusal({ ...sealed, [part]: sealed[part].subarray(0, length) })).toMatchObject({
          code: 'vault_damaged',
        })
      }
      expect(refusal({ ...sealed, [part]: Buffer.concat([sealed[part], Buffer.alloc(1)]) })).toMatchObject({
        code: 'vault_damaged',
      })
    }
  })

  it('does not open in the row of another credential, or of another value of the same', () => {
    const sealed = sealText(text)
    const otherId = parseProfileId('anthropic:work')
    const otherValue = parseFingerprint('00000000000000bb')
    expect(refusal({ ...sealed, profileId: otherId })).toMatchObject({ code: 'vault_damaged' })
    expect(refusal({ ...sealed, fingerprint: otherValue })).toMatchObject({ code: 'vault_damaged' })
    const other = sealSecret(master, randomBytes, { ...named, profileId: otherId }, new Secret('other'))
    expect(refusal({ ...sealed, sealed: other.sealed })).toMatchObject({ code: 'vault_damaged' })
    expect(refusal({ ...sealed, wrappedKey: other.wrappedKey })).toMatchObject({ code: 'vault_damaged' })
  })

  it('does not open with another master key, which is told by its id', () => {
    const other = drawMasterKey(randomBytes)
    expect(refusal(sealText(text), other)).toMatchObject({ code: 'vault_key_missing' })
    expect(refusal({ ...sealText(text), keyId: other.id }, other)).toMatchObject({ code: 'vault_damaged' })
  })

  it('opens under a new master key without being sealed again', () => {
    const sealed = sealText(text)
    const next = drawMasterKey(randomBytes)
    const moved = { ...sealed, ...rewrapKey(master, next, randomBytes, sealed), keyId: next.id }
    expect(Buffer.from(moved.sealed).equals(sealed.sealed)).toBe(true)
    expect(unsealSecret(next, moved).reveal()).toBe(text)
    expect(refusal({ ...moved, keyId: master.id })).toMatchObject({ code: 'vault_damaged' })
  })
})

describe('the format', () => {
  const key = masterKeyOf(Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index)))

  it('is the one that released databases hold', () => {
    const sealed = sealSecret(key, countingBytes(), named, new Secret(text))
    expect(key.id).toBe('c7a66e980ef9d81b')
    expect(Buffer.from(sealed.wrappedKey).toString('base64')).toBe(
      'ASwtLi8wMTIzNDU2N5GO0o0uwke5tSJiLJyMrZ+6aeAOJPqrmFJmCTNDhavbVLhwGzWSctuM9O2g9CXWBQ==',
    )
    expect(Buffer.from(sealed.sealed).subarray(0, 64).toString('base64')).toBe(
      'ASAhIiMkJSYnKCkqK6FRixEC7Dd6fw824/EpxsrkfNqrv7kCjA+SCXTJil4JdY7lBI4lNdoU/W6SWAkfyOIq7A==',
    )
    expect(unsealSecret(key, sealed).reveal()).toBe(text)
  })

  it('is AES-256-GCM as another implementation reads it', async () => {
    const sealed = sealSecret(key, randomBytes, named, new Secret(text))
    const open = async (bytes: Uint8Array, raw: Uint8Array, context: readonly unknown[]): Promise<Buffer> => {
      const imported = await webcrypto.subtle.importKey('raw', new Uint8Array(raw), 'AES-GCM', false, ['decrypt'])
      const additionalData = Buffer.from(JSON.stringify(context))
      const parameters = { name: 'AES-GCM', iv: new Uint8Array(bytes.subarray(1, 13)), additionalData }
      return Buffer.from(await webcrypto.subtle.decrypt(parameters, imported, new Uint8Array(bytes.subarray(13))))
    }
    const { profileId, fingerprint } = named
    const dataKey = await open(sealed.wrappedKey, key.bytes, [
      'traseai/vault/data-key',
      1,
      key.id,
      profileId,
      fingerprint,
    ])
    const clear = await open(sealed.sealed, dataKey, ['traseai/vault/secret', 1, profileId, fingerprint])
    expect(dataKey.length).toBe(32)
    expect(clear.toString('latin1')).toBe(`${text}\x80${'\0'.repeat(256 - text.length - 1)}`)
  })
})
