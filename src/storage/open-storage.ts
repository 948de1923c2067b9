// The synchronous core of storage: everything the storage thread can do, callable without a thread.
import type { SealedSecret, VaultKey } from '../domain/sealed-secret.ts'
import type { UsageGroup, UsageQuestion, UsageRow } from '../domain/usage.ts'
import { openAppend, type Append } from './append.ts'
import type { ReadRequest, UsageRollup } from './event-log.ts'
import type { EventRow } from './event-row.ts'
import { openFileInPlace } from './file-in-place.ts'
import { installationKey } from './installation-key.ts'
import { openLastPosition } from './last-position.ts'
import { readMigrations, type Upgrade } from './migrate.ts'
import { busyTimeoutMs, openDatabase } from './open-database.ts'
import { openReadEvents } from './read-events.ts'
import { openScrub } from './scrub.ts'
import { openReadSecrets, openReadVaultKey, openSaveVaultKey, type VaultKeyChange } from './secrets.ts'
import { newestSnapshot, openSaveSnapshot, type EncodedSnapshot } from './snapshots.ts'
import { storageError } from './storage-errors.ts'
import { openStreamVersion } from './stream-version.ts'
import { openSaveUsage, readUsage } from './usage.ts'
import { openReadUsageHistory, openSaveUsageHistory } from './usage-history.ts'

export interface StorageOptions {
  readonly databasePath: string
  readonly migrationsDir: string
  /** Which snapshots this program can read. */
  readonly foldVersion: number
  /** Milliseconds since the epoch. */
  readonly openedAt: number
}

/** What is read once, when the log is opened. */
export interface Opening {
  readonly lastPosition: number
  readonly snapshot: EncodedSnapshot | null
  /** The first events after the snapshot. */
  readonly tail: readonly EventRow[]
  readonly installationKey: Uint8Array
  readonly usage: readonly UsageRollup[]
  readonly secrets: readonly SealedSecret[]
  readonly vaultKey: VaultKey | null
  /** What changed in the schema just now; null when nothing did. */
  readonly upgrade: Upgrade | null
}

/** Appends answer with their errors; everything else throws a TraseError. */
export interface Storage {
  readonly opening: Opening
  readonly append: Append
  read(request: ReadRequest): EventRow[]
  streamVersion(stream: string): number
  saveSnapshot(snapshot: EncodedSnapshot): void
  saveUsage(rollups: readonly UsageRollup[]): void
  saveUsageHistory(rows: readonly UsageRow[]): void
  readUsageHistory(question: UsageQuestion): UsageGroup[]
  readSecrets(): SealedSecret[]
  saveVaultKey(change: VaultKeyChange): boolean
  close(): void
}

const tailMax = 1_000

/** @throws TraseError see `openDatabase`; `file_unreadable` for a broken set of migrations */
export function openStorage({ databasePath, migrationsDir, foldVersion, openedAt }: StorageOptions): Storage {
  const migrations = readMigrations(migrationsDir)
  const { database, upgrade } = openDatabase({ databasePath, migrations, openedAt })
  const named = <A, R>(doing: string, work: (argument: A) => R) => {
    return (argument: A): R => {
      try {
        return work(argument)
      } catch (error) {
        throw storageError(error, `${doing} ${databasePath}`, databasePath)
      }
    }
  }
  const checkInPlace = openFileInPlace(databasePath)
  /** Only into the file that people find at the path. */
  const inPlace = <A, R>(doing: string, work: (argument: A) => R) =>
    named(doing, (argument: A): R => {
      checkInPlace()
      return work(argument)
    })
  const read = named('cannot read', openReadEvents(database))
  const readSecrets = named('cannot read', openReadSecrets(database))
  const scrub = openScrub(database, busyTimeoutMs)
  const readOpening = named('cannot open', (): Opening => {
    const snapshot = newestSnapshot(database, foldVersion) ?? null
    return {
      lastPosition: openLastPosition(database)(),
      snapshot,
      tail: read({ after: snapshot?.position ?? 0, limit: tailMax }),
      installationKey: installationKey(database, openedAt),
      usage: readUsage(database),
      secrets: readSecrets(undefined),
      vaultKey: openReadVaultKey(database)(),
      upgrade,
    }
  })
  try {
    return {
      opening: readOpening(undefined),
      append: openAppend(database, scrub),
      read,
      streamVersion: named('cannot read', openStreamVersion(database)),
      saveSnapshot: inPlace('cannot write a snapshot to', openSaveSnapshot(database)),
      saveUsage: inPlace('cannot write usage counters to', openSaveUsage(database)),
      saveUsageHistory: inPlace('cannot write usage to', openSaveUsageHistory(database)),
      readUsageHistory: named('cannot read usage of', openReadUsageHistory(database)),
      readSecrets: () => readSecrets(undefined),
      saveVaultKey: inPlace('cannot write the master key to', openSaveVaultKey(database, scrub)),
      // The last connection moves the -wal into the database and removes it; on a full disk it stays, and is read again.
      close() {
        if (!database.open) return
        scrub.afterCommit()
        database.close()
      },
    }
  } catch (error) {
    database.close()
    throw error
  }
}
