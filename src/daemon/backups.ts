// Makes backups while the gateway serves: one at a time, recorded before a byte of it is handed out, and ended with its caller.
import { realpathSync } from 'node:fs'
import type { BackupRequest, Backups, BackupTaken } from '../domain/backup.ts'
import { TraseError } from '../errors.ts'
import type { Timer } from '../host.ts'
import type { CommandBus } from './command-bus.ts'
import { checkInstalled } from './installed-program.ts'
import { removeUnfinishedRestores } from './restore-folder.ts'
import { openRunningBackup, removeCopies, type RunningBackup, type RunningBackupDeps } from './running-backup.ts'

export interface BackupDeps extends RunningBackupDeps {
  readonly bus: Pick<CommandBus, 'execute'>
}

/** How long the next piece need not be asked for; a copy of everything lies in the home meanwhile. */
const silentMsMax = 60_000

interface Current {
  readonly backup: RunningBackup
  idle: Timer | null
  /** Takes back what is to happen when its caller goes. */
  forgetCaller(): void
}

export interface OpenedBackups extends Backups {
  /** Ends the one that is under way; resolves when nothing of it is left. */
  close(): Promise<void>
}

export function openBackups(deps: BackupDeps): OpenedBackups {
  const { host, bus, vault } = deps
  let current: Current | null = null
  let ending: Promise<unknown> = removeCopies(host.paths.home) // what a kill has left
  removeUnfinishedRestores(host, realpathSync(host.paths.home))

  async function end(ended: Current): Promise<void> {
    if (current === ended) current = null
    ended.idle?.cancel()
    ended.forgetCaller()
    // The next one may begin at once; a stop waits for all of them.
    ending = Promise.all([ending, ended.backup.end()])
    await ending
  }

  function waitForNext(reading: Current): void {
    reading.idle?.cancel()
    reading.idle = host.setTimer(silentMsMax, () => {
      host.log.warn({}, `a backup was given up: its next piece was not asked for within ${silentMsMax / 1_000} s`)
      void end(reading)
    })
  }

  async function create({ sealing, masterKey, actor, whenGone }: BackupRequest): Promise<BackupTaken> {
    await checkInstalled(deps.packageRoot) // its thread is loaded now
    if (masterKey) vault.copyOfKey()?.bytes.fill(0) // a locked vault is told before anything is copied
    if (current) throw new TraseError('busy', 'a backup is being made already')
    const begun: Current = { backup: openRunningBackup(deps), idle: null, forgetCaller: () => undefined }
    current = begun
    begun.forgetCaller = whenGone(() => void end(begun))
    try {
      const taken = await begun.backup.take({ sealing, masterKey })
      const recipients = sealing.kind === 'recipients' ? sealing.recipients : null
      await bus.execute(
        { type: 'RecordBackup', position: taken.position, recipients, masterKey: taken.masterKey },
        actor,
      )
      if (current === begun) waitForNext(begun)
      return taken
    } catch (error) {
      await end(begun)
      throw error
    }
  }

  return {
    create,
    async read(backupId) {
      const reading = current
      if (reading?.backup.id !== backupId) throw new TraseError('not_found', 'there is no such backup any more')
      reading.idle?.cancel()
      try {
        const piece = await reading.backup.next()
        if (piece.last) await end(reading)
        else if (current === reading) waitForNext(reading)
        return piece
      } catch (error) {
        await end(reading)
        throw error
      }
    },
    async close() {
      if (current) await end(current)
      await ending
    },
  }
}
