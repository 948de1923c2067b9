// Makes a backup of a home without a gateway: under the home's lock, with the history open to take note of it.
import { existsSync } from 'node:fs'
import type { BackupPiece, BackupTaken, Sealing } from '../domain/backup.ts'
import { TraseError } from '../errors.ts'
import { type Environment, realHost } from '../host.ts'
import { readSettings } from '../doctor/settings.ts'
import { openEventLog } from '../storage/open-event-log.ts'
import { openBackups } from './backups.ts'
import { type Close, closeAll } from './close-all.ts'
import { openCommandBus } from './command-bus.ts'
import { lockHome } from './home-lock.ts'
import { startStorage } from './start-storage.ts'
import { startVault } from './start-vault.ts'

export interface HomeBackupOptions {
  readonly env: Environment
  /** The folder with dist/ and migrations/. */
  readonly packageRoot: string
  readonly sealing: Sealing
  readonly masterKey: boolean
}

export interface HomeBackup {
  readonly taken: BackupTaken
  /** With the last piece, and with an error, everything is closed again. */
  read(): Promise<BackupPiece>
}

/** @throws TraseError `gateway_running`, `not_found` (an empty home), what opens a database, and what `Backups.create` does */
export async function openHomeBackup({ env, packageRoot, sealing, masterKey }: HomeBackupOptions): Promise<HomeBackup> {
  const host = realHost({ env })
  host.makeFilesPrivate()
  if (!existsSync(host.paths.database)) {
    throw new TraseError('not_found', `there is nothing in ${host.paths.home} to back up`, {
      hint: 'name the home: --home DIR',
    })
  }
  const closers: Close[] = []
  const close = (): Promise<void> => closeAll(host.log, closers.splice(0))
  try {
    const lock = lockHome(host)
    closers.push(async () => lock.release())
    const storage = startStorage(host, packageRoot)
    closers.push(() => storage.thread.end())
    const opened = await openEventLog(storage.options, storage.thread)
    closers.push(() => opened.log.close())
    const bus = await openCommandBus(host, opened)
    closers.push(() => bus.close())
    const { configuration } = await readSettings(host)
    const vault = await startVault(host, opened, bus, () => configuration.vault)
    closers.push(() => vault.close())
    const backups = openBackups({ host, bus, vault, packageRoot })
    closers.push(backups.close)
    const actor = { kind: 'cli', uid: host.uid, pid: host.pid } as const
    const taken = await backups.create({ sealing, masterKey, actor, whenGone: () => () => undefined })
    return { taken, read: () => readAndClose(backups.read(taken.backupId), close) }
  } catch (error) {
    await close()
    throw error
  }
}

async function readAndClose(reading: Promise<BackupPiece>, close: () => Promise<void>): Promise<BackupPiece> {
  let isOver = true
  try {
    const piece = await reading
    isOver = piece.last
    return piece
  } finally {
    if (isOver) await close()
  }
}
