// One backup under way: its thread, the copy of the database that lies in the home meanwhile, and the key that belongs to it.
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startBackupThread } from '../backup/start-thread.ts'
import type { BackupPiece, BackupRequest, BackupTaken } from '../domain/backup.ts'
import { errnoOf, TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import { wipe } from '../vault/master-key.ts'
import type { Vault } from '../vault/vault.ts'

export interface RunningBackupDeps {
  readonly host: Host
  readonly vault: Pick<Vault, 'copyOfKey'>
  /** The folder with dist/. */
  readonly packageRoot: string
}

export interface RunningBackup {
  readonly id: string
  /** @throws TraseError see `Backups.create` */
  take(request: Pick<BackupRequest, 'sealing' | 'masterKey'>): Promise<BackupTaken>
  next(): Promise<BackupPiece>
  /** Ends the thread and removes the copy. What is under way fails. */
  end(): Promise<void>
}

/** How often the master key may change while a copy is made. */
const copiesMax = 3
/** `.backup-0123456789ab.db`, and what SQLite may have beside it. */
const copyName = /^\.backup-[0-9a-f]{12}\.db(-journal|-wal|-shm)?$/

export function openRunningBackup({ host, vault, packageRoot }: RunningBackupDeps): RunningBackup {
  const id = host.randomBytes(6).toString('hex')
  const copyPath = join(host.paths.home, `.backup-${id}.db`)
  const thread = startBackupThread(join(packageRoot, 'dist', 'backup.cjs'))
  return {
    id,
    /** The key is taken after the copy, and must be the one that the copy's secrets are sealed with. */
    async take({ sealing, masterKey }) {
      for (let copies = 1; copies <= copiesMax; copies += 1) {
        const { keyId } = await thread.ask('copy', { paths: host.paths, copyPath, madeAt: host.now() })
        const key = masterKey ? vault.copyOfKey() : null
        try {
          if (!masterKey || (key?.id ?? null) === keyId) {
            const taken = await thread.ask('finish', { key: key && new Uint8Array(key.bytes), sealing })
            return { backupId: id, ...taken }
          }
        } finally {
          if (key) wipe(key)
        }
        await rm(copyPath)
      }
      throw new TraseError('busy', 'the master key was changed while the backup was made')
    },
    next: () => thread.ask('next', undefined),
    async end() {
      await thread.end()
      await Promise.all(['', '-journal'].map((suffix) => rm(`${copyPath}${suffix}`, { force: true })))
    },
  }
}

/** Removes what backups have left that were killed; to be called while none of this home is under way. */
export async function removeCopies(home: string): Promise<void> {
  try {
    const names = (await readdir(home)).filter((name) => copyName.test(name))
    await Promise.all(names.map((name) => rm(join(home, name), { force: true })))
  } catch (error) {
    if (errnoOf(error) === undefined) throw error // what cannot be listed or removed is in nobody's way
  }
}
