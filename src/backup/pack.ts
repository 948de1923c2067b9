// Makes a backup: a copy of the database and the files beside it, described by a manifest, as one sealed stream.
import { createHash } from 'node:crypto'
import { createReadStream, rmSync, statSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { createGzip } from 'node:zlib'
import { pack, type Pack } from 'tar-stream'
import type { Sealing } from '../domain/backup.ts'
import { isoInstant } from '../domain/events.ts'
import { foldVersion } from '../domain/fold-version.ts'
import { messageOf } from '../errors.ts'
import type { HomePaths } from '../host.ts'
import { copyDatabase, type BackupCopy, openBackupCopy } from '../storage/copy-for-backup.ts'
import { masterKeyOf, wipe, writtenKey } from '../vault/master-key.ts'
import { version } from '../version.ts'
import { areSame, type HomeFile, readAgentFiles, readSettingsFiles } from './home-files.ts'
import { backupFormat, type Manifest, packedNames } from './manifest.ts'
import { seal } from './sealing.ts'
import { stateDigest } from './state-digest.ts'

export interface PackOptions {
  readonly paths: HomePaths
  /** Where the copy of the database lies for as long as it takes; nothing must be there. */
  readonly copyPath: string
  /** Epoch milliseconds. */
  readonly madeAt: number
}

/** What was copied, before the key that opens it is known. */
export interface Copied {
  /** The id of the master key that its secrets are sealed with; null when there is none yet. */
  readonly keyId: string | null
}

/** How often the settings may have changed while the database was copied; then the newer ones are taken. */
const readingsMax = 3
/** Level 3 takes a quarter of the time of 6, for a fiftieth more bytes. */
const gzipLevel = 3

export interface OpenedPack {
  readonly copied: Copied
  /** @param key the 32 bytes of that master key, wiped here; null leaves it out */
  finish(
    key: Uint8Array | null,
    sealing: Sealing,
  ): Promise<{ manifest: Manifest; notes: readonly string[]; stream: ReadableStream<Uint8Array> }>
}

/**
 * Copies. The files are those of the database's moment when the settings are the same before and after it; what the
 * gateway writes for agents is made of the events, and a start makes it anew.
 */
export async function openPack(options: PackOptions): Promise<OpenedPack> {
  const { paths, copyPath } = options
  let settings = await readSettingsFiles(paths)
  for (let reading = 1; ; reading += 1) {
    copyDatabase(paths.database, copyPath)
    const after = await readSettingsFiles(paths)
    const isSettled = areSame(settings, after)
    settings = after
    if (isSettled || reading === readingsMax) break
    rmSync(copyPath)
  }
  const agents = await readAgentFiles(paths)
  const copy = openBackupCopy(copyPath)
  return {
    copied: { keyId: copy.vaultKey?.keyId ?? null },
    async finish(key, sealing) {
      const keyFiles = key === null ? [] : [masterKeyFile(key)]
      const files = [...keyFiles, ...settings, ...agents.files]
      const described = describe(options, copy)
      copy.close()
      const database = { path: packedNames.database, bytes: statSync(copyPath).size, sha256: await digestOf(copyPath) }
      const manifest: Manifest = { ...described, files: [database, ...files.map(packedFileOf)] }
      return { manifest, notes: agents.notes, stream: await seal(tarStream(manifest, copyPath, files), sealing) }
    },
  }
}

function describe({ madeAt }: PackOptions, copy: BackupCopy): Omit<Manifest, 'files'> {
  const { schema, position, lastEventAt, vaultKey } = copy
  return {
    format: backupFormat,
    program: version,
    madeAt: isoInstant(madeAt),
    schema,
    position,
    lastEventAt: lastEventAt === null ? null : isoInstant(lastEventAt),
    foldVersion,
    stateDigest: stateDigest(copy, 'snapshot'),
    vault: vaultKey && { keyId: vaultKey.keyId, keeper: vaultKey.keeper, secrets: copy.secrets().length },
  }
}

/** As the keeper `key-file` writes it, whoever keeps the key: every home can be opened with it. */
function masterKeyFile(bytes: Uint8Array): HomeFile {
  const key = masterKeyOf(Buffer.from(bytes))
  bytes.fill(0)
  const note = '# The key that the secrets in traseai.db are sealed with. Without it they are lost: keep a copy.'
  const file = { path: packedNames.masterKey, bytes: Buffer.from(`${note}\n${writtenKey(key)}\n`) }
  wipe(key)
  return file
}

function packedFileOf({ path, bytes }: HomeFile): Manifest['files'][number] {
  return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** The manifest first, then the files in its order: whoever unpacks knows of each what it must be before it comes. */
function tarStream(manifest: Manifest, copyPath: string, files: readonly HomeFile[]): ReadableStream<Uint8Array> {
  const tar = pack()
  const packed = createGzip({ level: gzipLevel })
  // A failure ends both streams with it, and so reaches whoever reads.
  pipeline(tar, packed).catch((error: unknown) => packed.destroy(new Error(messageOf(error), { cause: error })))
  fill(tar, manifest, copyPath, files).catch((error: unknown) =>
    tar.destroy(new Error(messageOf(error), { cause: error })),
  )
  return Readable.toWeb(packed) as ReadableStream<Uint8Array> // what gzip gives
}

async function fill(tar: Pack, manifest: Manifest, copyPath: string, files: readonly HomeFile[]): Promise<void> {
  const mtime = new Date(manifest.madeAt)
  const head = (name: string, size: number): { name: string; size: number; mode: number; mtime: Date } => ({
    name,
    size,
    mode: 0o600,
    mtime,
  })
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
  tar.entry(head(packedNames.manifest, text.length), text)
  const { bytes } = manifest.files[0] as Manifest['files'][number] // the database, see openPack
  await pipeline(createReadStream(copyPath), tar.entry(head(packedNames.database, bytes)))
  for (const file of files) tar.entry(head(file.path, file.bytes.length), file.bytes)
  tar.finalize()
}
