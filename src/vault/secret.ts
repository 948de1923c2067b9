// A secret from the moment it is read: it cannot be printed, serialised or compared by accident, and its bytes are wiped when it is dropped.
import { type CipherGCM, createHmac, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'
import type { Fingerprint } from '../domain/ids.ts'
import { charactersForLast4 } from '../domain/last4.ts'

/** Owns a copy of the secret's bytes. `reveal()` is the one way to the clear text. */
export class Secret {
  readonly #bytes: Buffer
  #dropped = false

  /** Bytes are copied; whoever gave them wipes them. */
  constructor(clearText: string | Uint8Array) {
    this.#bytes = typeof clearText === 'string' ? Buffer.from(clearText, 'utf8') : Buffer.from(clearText)
  }

  /** The clear text, for the few places that send it on: a test lists them. @throws Error after `drop()` */
  reveal(): string {
    if (this.#dropped) throw new Error('a dropped secret was used')
    return this.#bytes.toString('utf8')
  }

  /** How many bytes it has. */
  get size(): number {
    return this.#bytes.length
  }

  /** The last four characters, or undefined for a secret too short to show any. */
  get last4(): string | undefined {
    if (this.#dropped || this.#bytes.length < charactersForLast4) return undefined
    return this.#bytes.subarray(-4).toString('latin1')
  }

  /** HMAC-SHA-256(key, secret), first 16 hex digits. */
  fingerprint(key: Uint8Array): Fingerprint {
    return createHmac('sha256', key).update(this.#bytes).digest('hex').slice(0, 16) as Fingerprint // 16 hex digits by construction
  }

  /** The bytes, and `padding` after them, as a cipher makes them; no text of them is made on the way. @throws Error after `drop()` */
  encrypt(cipher: CipherGCM, padding: Uint8Array): Buffer {
    if (this.#dropped) throw new Error('a dropped secret was used')
    return Buffer.concat([cipher.update(this.#bytes), cipher.update(padding), cipher.final()])
  }

  /** Another secret with the same bytes, for an owner of its own. @throws Error after `drop()` */
  copy(): Secret {
    if (this.#dropped) throw new Error('a dropped secret was used')
    return new Secret(this.#bytes)
  }

  /** Compares in constant time. */
  equals(other: Secret): boolean {
    return this.#bytes.length === other.#bytes.length && timingSafeEqual(this.#bytes, other.#bytes)
  }

  /** Overwrites the bytes; the secret cannot be used afterwards. */
  drop(): void {
    this.#bytes.fill(0)
    this.#dropped = true
  }

  toString(): string {
    return this.last4 === undefined ? '[secret]' : `[secret …${this.last4}]`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}
