// The key that all data keys are wrapped with: its bytes, the id it is recognised by, and how it is written down.
import { createHmac } from 'node:crypto'

export const masterKeyBytes = 32
/** Of `secure` randomness, as Host gives it. */
export type RandomBytes = (bytes: number) => Buffer

/** Whoever holds one wipes it. */
export interface MasterKey {
  /** 16 hex digits; says nothing about the key. */
  readonly id: string
  readonly bytes: Buffer
}

const idLabel = 'traseai/vault/key-id'

/** Takes the 32 bytes over. */
export function masterKeyOf(bytes: Buffer): MasterKey {
  if (bytes.length !== masterKeyBytes) throw new Error(`a master key of ${bytes.length} bytes`)
  return { id: createHmac('sha256', bytes).update(idLabel).digest('hex').slice(0, 16), bytes }
}

export function drawMasterKey(randomBytes: RandomBytes): MasterKey {
  return masterKeyOf(randomBytes(masterKeyBytes))
}

export function wipe({ bytes }: MasterKey): void {
  bytes.fill(0)
}

/** One line of a file, a keyring's entry, a credential: base64 with or without its padding. */
export function writtenKey({ bytes }: MasterKey): string {
  return bytes.toString('base64')
}

const writtenPattern = /^[A-Za-z0-9+/]{43}=?$/

/** What keys a text holds, one a line, with the numbers of their lines and of those that are none. Empty lines and those with `#` count for nothing. */
export function readKeys(text: string): {
  readonly keys: readonly MasterKey[]
  readonly keyLines: readonly number[]
  readonly brokenLines: readonly number[]
} {
  const keys: MasterKey[] = []
  const [keyLines, brokenLines]: [number[], number[]] = [[], []]
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const written = line.trim()
    if (written === '' || written.startsWith('#')) continue
    const isKey = writtenPattern.test(written)
    if (isKey) keys.push(masterKeyOf(Buffer.from(written, 'base64')))
    ;(isKey ? keyLines : brokenLines).push(index + 1)
  }
  return { keys, keyLines, brokenLines }
}

/** The key with that id, with the others wiped. */
export function keepOnly(keys: readonly MasterKey[], id: string): MasterKey | undefined {
  for (const key of keys) if (key.id !== id) wipe(key)
  return keys.find((key) => key.id === id)
}
