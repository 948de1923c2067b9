// The end of a growing log file, and what is added to it, across its rotation.
import { open, stat, type FileHandle } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { StringDecoder } from 'node:string_decoder'
import { errnoOf } from '../errors.ts'

const blockBytes = 65_536
const pollMs = 200

/** A place in a file: a renamed file keeps its inode, its successor has another. */
export interface FilePlace {
  readonly inode: number
  readonly position: number
}

/** The last `count` lines of a file, read from its end, and the place behind them. @throws the system's error */
export async function lastLines(path: string, count: number): Promise<{ lines: string[]; end: FilePlace }> {
  const file = await open(path, 'r')
  try {
    const { size, ino } = await file.stat()
    let start = size
    let tail: Buffer = Buffer.alloc(0)
    while (start > 0 && newlinesIn(tail) <= count) {
      const length = Math.min(blockBytes, start)
      start -= length
      tail = Buffer.concat([await readBlock(file, start, length), tail])
    }
    const complete = tail.lastIndexOf(0x0a) + 1 // the rest of a line that is being written comes with the next ones
    const lines = tail.toString('utf8', 0, complete).split('\n').slice(0, -1)
    const end = { inode: ino, position: size - (tail.length - complete) }
    return { lines: count === 0 ? [] : lines.slice(-count), end }
  } finally {
    await file.close()
  }
}

/** Hands on each line that is added, for ever; goes on in the file that takes the path over. @throws the system's error */
export async function followLines(path: string, from: FilePlace, onLine: (line: string) => void): Promise<never> {
  let position = from.position
  for (;;) {
    const file = await open(path, 'r')
    try {
      const { ino } = await file.stat()
      await followFile(path, file, ino === from.inode ? position : 0, onLine)
    } finally {
      await file.close()
    }
    position = 0
  }
}

/** Until another file has the path; what was still written to this one after its renaming is handed on too. */
async function followFile(path: string, file: FileHandle, from: number, onLine: (line: string) => void): Promise<void> {
  const decoder = new StringDecoder('utf8')
  let position = from
  let rest = ''
  let replaced = false
  for (;;) {
    const bytes = await readBlock(file, position, blockBytes)
    position += bytes.length
    const lines = (rest + decoder.write(bytes)).split('\n')
    rest = lines.pop() ?? ''
    lines.forEach(onLine)
    if (bytes.length > 0) continue
    if (replaced) return
    const { ino, size } = await file.stat()
    if (size < position) position = 0 // cut short by hand
    await delay(pollMs)
    replaced = ((await statOrNull(path)) ?? { ino }).ino !== ino
  }
}

async function readBlock(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

async function statOrNull(path: string): Promise<{ ino: number; size: number } | null> {
  try {
    return await stat(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
}

function newlinesIn(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) count += 1
  return count
}
