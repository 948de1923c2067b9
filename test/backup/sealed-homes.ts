// Backups of a gateway's home and homes made of them, with an identity of age's, so that no test waits for a passphrase.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { runCli, type Outcome } from '../cli/run-cli.ts'

export interface SealedHomes {
  /** A folder of the test's own. */
  readonly folder: string
  readonly recipient: string
  /** The file of the identity. */
  readonly identity: string
  path(name: string): string
  /** `backup NAME --recipient …` of a home. */
  backup(home: string, name: string, ...more: string[]): Promise<Outcome>
  /** `restore NAME --identity …` to a home in the folder. */
  restore(name: string, home: string, ...more: string[]): Promise<Outcome>
  remove(): Promise<void>
}

export async function openSealedHomes(): Promise<SealedHomes> {
  const folder = await mkdtemp(join(tmpdir(), 'bk-'))
  const secretKey = await generateX25519Identity()
  const recipient = await identityToRecipient(secretKey)
  const identity = join(folder, 'identity.txt')
  await writeFile(identity, `# a test's\n${secretKey}\n`, { mode: 0o600 })
  const path = (name: string): string => join(folder, name)
  const asUser = { env: { HOME: folder } } // whose home it is not
  return {
    folder,
    recipient,
    identity,
    path,
    backup: (home, name, ...more) => runCli(home, ['backup', path(name), '--recipient', recipient, ...more], asUser),
    restore: (name, home, ...more) => runCli(home, ['restore', path(name), '--identity', identity, ...more], asUser),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
