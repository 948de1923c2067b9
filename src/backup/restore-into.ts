// Makes a home of a backup in an empty folder and checks it to the last event: everything but putting it in its place.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { foldVersion } from '../domain/fold-version.ts'
import { type ErrorName, TraseError } from '../errors.ts'
import { flushFolder } from '../flush-folder.ts'
import type { Environment } from '../host.ts'
import { type BackupCopy, openBackupCopy, problemsOfCopy } from '../storage/copy-for-backup.ts'
import { readMigrations } from '../storage/migrate.ts'
import { type MasterKey, wipe } from '../vault/master-key.ts'
import { unsealSecret } from '../vault/seal.ts'
import { version } from '../version.ts'
import { type Manifest, packedNames } from './manifest.ts'
import { decideKeeper, type KeeperChoice, type KeeperDecision, keyringHost, packedKey } from './restored-keeper.ts'
import { writeRestoredNote } from './restored-note.ts'
import { stateDigest } from './state-digest.ts'
import { unpack, type UnpackOptions } from './unpack.ts'

export interface RestoreJob extends UnpackOptions {
  readonly keeper: KeeperChoice
  /** Of whoever restores, for the program that asks the keyring. */
  readonly env: Environment
  readonly migrationsDir: string
}

export interface Restored {
  readonly manifest: Omit<Manifest, 'files'>
  readonly files: readonly string[]
  /** Of all files together. */
  readonly bytes: number
  /** The key of the vault was in it. */
  readonly masterKey: boolean
  readonly keeper: Pick<KeeperDecision, 'keeper' | 'instead'>
  /** False when the state is folded otherwise in this version, and could not be compared. */
  readonly isStateCompared: boolean
  readonly notes: readonly string[]
}

/** @throws TraseError see `unpack`; `backup_refused` for whatever is not as its manifest says; `database_newer` */
export async function restoreInto(job: RestoreJob): Promise<Restored> {
  const { into } = job
  const manifest = await unpack(job)
  checkVersion(manifest, job.migrationsDir)
  const hasKey = manifest.files.some(({ path }) => path === packedNames.masterKey)
  const keyPath = hasKey ? join(into, packedNames.masterKey) : null
  const key = await packedKey(keyPath, manifest.vault?.keyId ?? null)
  const database = join(into, packedNames.database)
  const isStateCompared = manifest.foldVersion === foldVersion
  try {
    checkDatabase(database, manifest, key)
  } catch (error) {
    throw asRefusal(error, manifest)
  } finally {
    if (key) wipe(key)
  }
  const decision = await settleKeeper(job, database, keyPath)
  await writeRestoredNote(into, manifest)
  await flushFolders(into)
  const { files, ...rest } = manifest
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const { keeper, instead, notes } = decision
  return {
    manifest: rest,
    files: files.map(({ path }) => path),
    bytes,
    masterKey: hasKey,
    keeper: { keeper, instead },
    isStateCompared,
    notes,
  }
}

function checkVersion({ program, schema }: Manifest, migrationsDir: string): void {
  const known = readMigrations(migrationsDir).length
  if (schema <= known) return
  throw new TraseError(
    'backup_refused',
    `the backup was made by TraseAI ${program} and has schema ${schema}; this is ${version}, which knows schemas up to ${known}`,
    { hint: `restore it with version ${program} or a newer one` },
  )
}

function checkDatabase(path: string, manifest: Manifest, key: MasterKey | null): void {
  const [problem] = problemsOfCopy(path)
  if (problem !== undefined) throw damaged(problem)
  const copy = openBackupCopy(path)
  try {
    for (const [name, found, packed] of [
      ['schema', copy.schema, manifest.schema],
      ['last event', copy.position, manifest.position],
      ['master key', copy.vaultKey?.keyId ?? null, manifest.vault?.keyId ?? null],
    ] as const) {
      if (found !== packed) throw damaged(`its ${name} is ${String(found)}, and should be ${String(packed)}`)
    }
    // Every event is read: a newer program's fold has another result, but must be able to read them as well.
    const digest = stateDigest(copy, 'beginning')
    if (manifest.foldVersion === foldVersion && digest !== manifest.stateDigest) {
      throw damaged('its events do not add up to the state that was packed')
    }
    if (key) openSecrets(copy, key)
  } finally {
    copy.close()
  }
}

/** Each stored secret once, so that a backup that says it holds them does. @throws TraseError `vault_damaged`, `vault_key_missing` */
function openSecrets(copy: BackupCopy, key: MasterKey): void {
  for (const sealed of copy.secrets()) unsealSecret(key, sealed).drop()
}

async function settleKeeper(
  { env, keeper }: RestoreJob,
  path: string,
  keyPath: string | null,
): Promise<KeeperDecision> {
  const copy = openBackupCopy(path)
  try {
    const decision = await decideKeeper(keyringHost(env), copy.vaultKey, keyPath, keeper)
    if (decision.row) copy.setKeeper(decision.row)
    return decision
  } finally {
    copy.close()
  }
}

async function flushFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await flushFolders(join(folder, entry.name))
  }
  await flushFolder(folder)
}

/** What is wrong with a database is told of a gateway's otherwise. */
function asRefusal(error: unknown, { program }: Manifest): unknown {
  if (!(error instanceof TraseError)) return error
  if (error.code === 'database_newer') {
    const hint = `restore it with version ${program} or a newer one`
    return new TraseError('backup_refused', `the backup was made by TraseAI ${program}: ${error.message}`, {
      cause: error,
      hint,
    })
  }
  return aboutDatabase.has(error.code) ? damaged(error.message) : error
}

const aboutDatabase: ReadonlySet<string> = new Set<ErrorName>([
  'database_corrupt',
  'database_not_ours',
  'vault_damaged',
  'vault_key_missing',
])

function damaged(why: string): TraseError {
  return new TraseError('backup_refused', `the database in the backup is not as it was packed: ${why}`)
}
