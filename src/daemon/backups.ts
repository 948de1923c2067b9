// Makes backups while the gateway serves: one at a time, on a thread of its own, handed out piece by piece.
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type BackupThread, startBackupThread } from '../backup/start-thread.ts'
import type { BackupRequest, Backups, BackupTaken } from '../domain/backup.ts'
import { errnoOf, TraseError } from '../errors.ts'
import type { Host, Timer } from '../host.ts'
import { wipe } from '../vault/master-key.ts'
import type { Vault } from '../vault/vault.ts'
import type { CommandBus } from './command-bus.ts'
import { checkInstalled } from './installed-program.ts'

export interface BackupDeps {
  readonly host: Host
  readonly bus: Pick<CommandBus, 'execute'>
  readonly vault: Pick<Vault, 'copyOfKey'>
  /** The folder with dist/. */
  readonly packageRoot: string
}

/** How long the next piece need not be asked for; a copy of everything lies in the home meanwhile. */
const silentMsMax = 60_000
/** How often the master key may change while a copy is made. */
const copiesMax = 3
/** `.backup-0123456789ab.db`, and what SQLite may have beside it. */
const copyName = /^\.backup-[0-9a-f]{12}\.db(-journal|-wal|-shm)?$/

interface Current {
  readonly id: string
  readonly thread: BackupThread
  readonly copyPath: string
  idle: Timer | null
  /** Takes back what is to happen when its caller goes. */
  forgetCaller(): void
}

export interface OpenedBackups extends Backups {
  close(): Promise<void>
}

export function openBackups(deps: BackupDeps): OpenedBackups {
  const { host, bus, vault, packageRoot } = deps
  let current: Current | null = null
  let ending: Promise<void> = removeCopies(host.paths.home) // what a kill has left

  function begin(): Current {
    if (current) throw new TraseError('busy', 'a backup is being made already')
    const id = host.randomBytes(6).toString('hex')
    const thread = startBackupThread(join(packageRoot, 'dist', 'backup.cjs'))
    const copyPath = join(host.paths.home, `.backup-${id}.db`)
    return { id, thread, copyPath, idle: null, forgetCaller: () => undefined }
  }

  async function end(backup: Current): Promise<void> {
    if (current === backup) current = null
    backup.idle?.cancel()
    backup.forgetCaller()
    // The next backup may begin at once; a stop waits until nothing of this one is left.
    ending = Promise.all([ending, removeWith(backup)]).then(() => undefined)
    await ending
  }

  async function removeWith({ thread, copyPath }: Current): Promise<void> {
    await thread.end()
    await Promise.all(['', '-journal'].map((suffix) => rm(`${copyPath}${suffix}`, { force: true })))
  }

  function restIdle(backup: Current): void {
    backup.idle?.cancel()
    backup.idle = host.setTimer(silentMsMax, () => {
      host.log.warn({}, `a backup was given up: its next piece was not asked for within ${silentMsMax / 1_000} s`)
      void end(backup)
    })
  }

  /** The key is taken after the copy, and must be the one that the copy's secrets are sealed with. */
  async function take(backup: Current, { sealing, masterKey }: BackupRequest): Promise<Omit<BackupTaken, 'backupId'>> {
    const { thread, copyPath } = backup
    for (let copies = 1; copies <= copiesMax; copies += 1) {
      const { keyId } = await thread.ask('copy', { paths: host.paths, copyPath, madeAt: host.now() })
      const key = masterKey ? vault.copyOfKey() : null
      try {
        if (!masterKey || (key?.id ?? null) === keyId) {
          return await thread.ask('finish', { key: key && new Uint8Array(key.bytes), sealing })
        }
      } finally {
        if (key) wipe(key)
      }
      await rm(copyPath)
    }
    throw new TraseError('busy', 'the master key was changed while the backup was made')
  }

  async function create(request: BackupRequest): Promise<BackupTaken> {
    const { sealing, actor } = request
    await checkInstalled(packageRoot)
    if (request.masterKey) vault.copyOfKey()?.bytes.fill(0) // a locked vault is told before anything is copied
    const backup = begin()
    current = backup
    backup.forgetCaller = request.whenGone(() => void end(backup))
    try {
      const taken = await take(backup, request)
      const recipients = sealing.kind === 'recipients' ? sealing.recipients : null
      const { position, masterKey } = taken
      await bus.execute({ type: 'RecordBackup', position, recipients, masterKey }, actor)
      restIdle(backup)
      return { backupId: backup.id, ...taken }
    } catch (error) {
      await end(backup)
      throw error
    }
  }

  return {
    create,
    async read(backupId) {
      const backup = current
      if (backup?.id !== backupId) throw new TraseError('not_found', 'there is no such backup any more')
      backup.idle?.cancel()
      try {
        const piece = await backup.thread.ask('next', undefined)
        if (piece.last) await end(backup)
        else if (current === backup) restIdle(backup)
        return piece
      } catch (error) {
        await end(backup)
        throw error
      }
    },
    async close() {
      if (current) await end(current)
      await ending
    },
  }
}

/** To be called while nobody makes a backup of this home. */
async function removeCopies(home: string): Promise<void> {
  try {
    const names = (await readdir(home)).filter((name) => copyName.test(name))
    await Promise.all(names.map((name) => rm(join(home, name), { force: true })))
  } catch (error) {
    if (errnoOf(error) === undefined) throw error // what cannot be listed or removed is in nobody's way
  }
}
