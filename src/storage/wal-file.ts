// Reads which pages a write-ahead log holds, without SQLite, which would write while reading.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { errnoOf } from '../errors.ts'
import { storageError } from './storage-errors.ts'

export interface CommittedPages {
  /** Numbers of the pages that the log holds a committed version of. */
  readonly pages: ReadonlySet<number>
  /** How many pages the database has after the last commit. */
  readonly databasePages: number
}

const headerBytes = 32
const frameHeaderBytes = 24

/**
 * The committed pages of the log at `path`; undefined when it holds no commit. Frames end at the first one whose salts are
 * not those of the header (https://sqlite.org/fileformat2.html#walformat). Checksums are left to SQLite: a frame torn by a
 * power cut can only add pages that its own transaction appended.
 */
export function committedPages(path: string, pageBytes: number): CommittedPages | undefined {
  const file = openIfThere(path)
  if (file === undefined) return undefined
  try {
    return readFrames(file, fstatSync(file).size, pageBytes)
  } finally {
    closeSync(file)
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw storageError(error, `cannot open ${path}`)
  }
}

function readFrames(file: number, size: number, pageBytes: number): CommittedPages | undefined {
  const header = Buffer.alloc(headerBytes)
  if (readSync(file, header, 0, headerBytes, 0) < headerBytes) return undefined
  const salts = header.subarray(16, 24)
  const frame = Buffer.alloc(frameHeaderBytes)
  const pages = new Set<number>()
  let pending: number[] = []
  let databasePages = 0
  for (
    let offset = headerBytes;
    offset + frameHeaderBytes + pageBytes <= size;
    offset += frameHeaderBytes + pageBytes
  ) {
    readSync(file, frame, 0, frameHeaderBytes, offset)
    if (!frame.subarray(8, 16).equals(salts)) break
    pending.push(frame.readUInt32BE(0))
    const pagesAfterCommit = frame.readUInt32BE(4) // zero in all but a commit's last frame
    if (pagesAfterCommit === 0) continue
    for (const page of pending) pages.add(page)
    pending = []
    databasePages = pagesAfterCommit
  }
  return databasePages === 0 ? undefined : { pages, databasePages }
}
