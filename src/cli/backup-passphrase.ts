// The passphrase of a backup: where it comes from, and the key that age makes of it, which is all that the gateway is told.
import { randomBytes, scrypt } from 'node:crypto'
import { ageScrypt, type Sealing } from '../domain/backup.ts'
import { refuseShortPassphrase } from '../domain/passphrase.ts'
import { messageOf, TraseError } from '../errors.ts'
import { readWarily } from '../read-warily.ts'
import { askNewPassphrase } from './commands/vault/ask-passphrase.ts'
import type { Io } from './io.ts'
import { readSecret, readToEnd } from './read-secret.ts'

const fileBytesMax = 65_536

/**
 * A new one: from the file, from a pipe, or asked twice at a terminal.
 * @param file `-` is standard input
 * @returns null when it was interrupted
 * @throws TraseError `value_refused` for one that is empty or too short, `not_found`, `file_unreadable`
 */
export async function newPassphrase(io: Io, file: string | undefined): Promise<string | null> {
  if (file === undefined) return askNewPassphrase(io)
  const passphrase = await passphraseIn(io, file)
  refuseShortPassphrase(passphrase)
  return passphrase
}

/** The one that a backup was sealed with. See `newPassphrase`. */
export async function knownPassphrase(io: Io, file: string | undefined): Promise<string | null> {
  return file === undefined ? readSecret(io, 'passphrase of the backup (not shown): ') : passphraseIn(io, file)
}

async function passphraseIn(io: Io, file: string): Promise<string> {
  return file === '-' ? readToEnd(io.stdin) : (await secretFile(file)).replace(/\r?\n$/, '')
}

/** A small file with something secret in it. @throws TraseError `not_found`, `file_unreadable` */
export async function secretFile(path: string): Promise<string> {
  const found = await readWarily(path, fileBytesMax)
  if (found.kind === 'file') return found.bytes.toString('utf8')
  if (found.kind === 'missing') throw new TraseError('not_found', `${path} is not there`)
  const why = found.kind === 'failed' ? messageOf(found.error) : 'it is no small regular file'
  throw new TraseError('file_unreadable', `${path} cannot be read: ${why}`)
}

/** Takes about a second and 256 MiB, here and not in the gateway. */
export async function sealingWith(passphrase: string): Promise<Extract<Sealing, { kind: 'passphrase' }>> {
  const { label, saltBytes, keyBytes, workFactor, blockSize } = ageScrypt
  const salt = randomBytes(saltBytes)
  const cost = 2 ** workFactor
  const options = { N: cost, r: blockSize, p: 1, maxmem: 128 * cost * blockSize + 33_554_432 }
  const key = await new Promise<Buffer>((resolve, reject) => {
    scrypt(passphrase, Buffer.concat([Buffer.from(label), salt]), keyBytes, options, (error, made) =>
      error ? reject(error) : resolve(made),
    )
  })
  return { kind: 'passphrase', salt: salt.toString('base64'), workFactor, key: key.toString('base64') }
}
