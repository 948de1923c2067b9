// Takes a backup apart into an empty folder: nothing but what its manifest names, each file checked while it is written.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract, type Extract } from 'tar-stream'
import { errnoOf, messageOf, quoted, TraseError } from '../errors.ts'
import { type Manifest, manifestBytesMax, notOurs, type PackedFile, packedNames, parseManifest } from './manifest.ts'
import { type Opener, unseal } from './unsealing.ts'

export interface UnpackOptions {
  /** The path of the sealed file; null is standard input. */
  readonly file: string | null
  readonly opener: Opener
  /** An empty folder of ours, mode 0700. */
  readonly into: string
}

type Entry = Extract extends AsyncIterable<infer E> ? E : never

/** A tar's header is 512 bytes, its padding less than that, a long name some more; and the end. */
const overheadBytes = 4_096
const standardInput = 0

/**
 * Resolves when every file of the manifest is on disk, as the manifest has it.
 * @throws TraseError `value_refused` (the opener), `backup_refused`, `file_unreadable`, `disk_full`, `cannot_create`
 */
export async function unpack({ file, opener, into }: UnpackOptions): Promise<Manifest> {
  const source = file === null ? createReadStream('', { fd: standardInput }) : createReadStream(file)
  // It fails here, by name, and not somewhere in the chain of streams behind it.
  const failures: TraseError[] = []
  source.on('error', (error) => failures.push(cannotRead(file, error)))
  const limit = openLimit()
  const tar = extract()
  try {
    const clear = await unseal(Readable.toWeb(source) as Parameters<typeof unseal>[0], opener) // of bytes, as a file's stream is
    const feeding = pipeline(Readable.fromWeb(clear), createGunzip(), limit.stream, tar)
    feeding.catch(() => undefined) // heard below; the iteration ends with it
    const manifest = await takeEntries(tar, into, (files) => limit.set(files))
    await feeding
    return manifest
  } catch (error) {
    const [unreadable] = failures
    if (unreadable) throw unreadable
    if (error instanceof TraseError) throw error
    throw new TraseError('backup_refused', `the backup is damaged or cut short: ${messageOf(error)}`, { cause: error })
  } finally {
    source.destroy()
    tar.destroy()
  }
}

async function takeEntries(
  tar: AsyncIterable<Entry>,
  into: string,
  onManifest: (files: readonly PackedFile[]) => void,
): Promise<Manifest> {
  let manifest: Manifest | null = null
  const missing = new Map<string, PackedFile>()
  for await (const entry of tar) {
    const { name, type } = entry.header
    if (type !== 'file') throw notOurs(`${quoted(name)} in it is no regular file but a ${type}`)
    if (manifest === null) {
      manifest = parseManifest(await manifestText(entry))
      for (const file of manifest.files) missing.set(file.path, file)
      onManifest(manifest.files)
      await checkRoom(into, manifest.files)
      continue
    }
    const file = missing.get(name)
    if (!file) throw notOurs(`it holds ${quoted(name)}, which its ${packedNames.manifest} does not name`)
    missing.delete(name)
    await takeFile(entry, file, join(into, name))
  }
  if (manifest === null) throw notOurs('it is empty')
  const [lost] = missing.keys()
  if (lost !== undefined) throw notOurs(`${quoted(lost)} is not in it`)
  return manifest
}

async function manifestText(entry: Entry): Promise<string> {
  const { name, size } = entry.header
  if (name !== packedNames.manifest) throw notOurs(`it begins with ${quoted(name)}, not with ${packedNames.manifest}`)
  if (size > manifestBytesMax) throw notOurs(`its ${packedNames.manifest} has ${size} bytes`)
  const chunks: Buffer[] = []
  for await (const chunk of entry) chunks.push(chunk as Buffer) // of a tar's entry, which has no encoding
  return Buffer.concat(chunks).toString('utf8')
}

/** Private whatever the backup says of its mode; flushed, because what replaces a home must be on disk before it does. */
async function takeFile(entry: Entry, { path, bytes, sha256 }: PackedFile, to: string): Promise<void> {
  if (entry.header.size !== bytes) throw notOurs(`${quoted(path)} has ${entry.header.size} bytes instead of ${bytes}`)
  const hash = createHash('sha256')
  const file = await written(to, async () => {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 })
    return open(to, 'wx', 0o600)
  })
  try {
    for await (const chunk of entry) {
      hash.update(chunk as Buffer)
      await written(to, () => writeAll(file, chunk as Buffer))
    }
    await written(to, () => file.sync())
  } finally {
    await file.close()
  }
  if (hash.digest('hex') !== sha256) throw notOurs(`the contents of ${quoted(path)} are not those that were packed`)
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray((await file.write(rest)).bytesWritten)
}

/** What a disk refuses is no fault of the backup. */
async function written<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const errno = errnoOf(error)
    const isFull = errno === 'ENOSPC' || errno === 'EDQUOT'
    const message = `${path} could not be written: ${isFull ? 'the disk is full' : messageOf(error)}`
    throw new TraseError(isFull ? 'disk_full' : 'cannot_create', message, { cause: error })
  }
}

async function checkRoom(folder: string, files: readonly PackedFile[]): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const needed = files.reduce((sum, { bytes }) => sum + bytes, 0)
  if (needed <= bavail * bsize) return
  const [need, free] = [needed, bavail * bsize].map((bytes) => `${Math.ceil(bytes / 1_048_576)} MiB`)
  throw new TraseError('disk_full', `what is in the backup needs ${need} at ${folder}, and ${free} are free`)
}

/** No more comes out of the compression than the manifest says: a few bytes could otherwise fill a disk or the memory. */
function openLimit(): { readonly stream: Transform; set(files: readonly PackedFile[]): void } {
  let left = manifestBytesMax + overheadBytes
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length
      if (left >= 0) done(null, chunk)
      else done(notOurs('there is more in it than it says'))
    },
  })
  return {
    stream,
    set: (files) => (left += files.reduce((sum, { bytes }) => sum + bytes + overheadBytes, overheadBytes * 4)),
  }
}

function cannotRead(file: string | null, error: unknown): TraseError {
  const name = file ?? 'standard input'
  if (errnoOf(error) === 'ENOENT') return new TraseError('not_found', `there is no ${name}`, { cause: error })
  return new TraseError('file_unreadable', `${name} cannot be read: ${messageOf(error)}`, { cause: error })
}
