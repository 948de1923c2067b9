// What is kept of a client's token, and what a presented one is recognised by.
import { hash } from 'node:crypto'

/** 128 bits of SHA-256: tokens are random, so nobody finds another one with the same. */
const hexDigits = 32

/** The first 32 hexadecimal digits of the token's SHA-256. 0.2 µs: each request asks for it. */
export function clientTokenHash(token: string): string {
  return hash('sha256', token, 'hex').slice(0, hexDigits)
}
