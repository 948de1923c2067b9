// Standard output without a stream where none is needed: building one costs a command as much time as all its own work.
import { fstatSync, statSync, writeSync } from 'node:fs'
import { errnoOf, messageOf, TraseError } from '../errors.ts'
import type { Output, Streams, Terminal } from './streams.ts'

export interface StandardOutput extends Terminal {
  write(text: string): void
  /** Resolves when everything has been written; never when it cannot be, which `readerGone` tells. */
  flush(): Promise<void>
  /**
   * Settles when the reader has gone (`| head`): there is nobody left to work for.
   * @throws TraseError `cannot_create` when nothing can be written
   */
  readonly readerGone: Promise<void>
}

/** A file, a pipe or /dev/null is written at once. A terminal needs its stream, and so does a pipe that takes no more for now. */
export function openStandardOutput(streams: Pick<Streams, 'stdout' | 'stdoutFd'>): StandardOutput {
  const fd = streams.stdoutFd
  let stream: Output | null = null
  let failed = false
  let resolveGone: () => void
  let rejectGone: (error: TraseError) => void
  const readerGone = new Promise<void>((resolve, reject) => {
    resolveGone = resolve
    rejectGone = reject
  })

  function fail(error: unknown): void {
    failed = true
    if (errnoOf(error) === 'EPIPE') resolveGone()
    else rejectGone(unwritable(error))
  }

  function openStream(): Output {
    const { stdout } = streams
    return stdout.on('error', fail)
  }

  if (mayBeTerminal(fd)) stream = openStream()

  return {
    isTTY: stream?.isTTY ?? false,
    get columns() {
      return stream?.columns ?? 0
    },
    write(text) {
      if (failed) return
      try {
        const rest = stream ? text : writeNow(fd, Buffer.from(text))
        if (rest.length > 0) (stream ??= openStream()).write(rest)
      } catch (error) {
        fail(error)
      }
    },
    flush: () =>
      new Promise((resolve) => {
        if (stream) stream.write('', (error) => (error ? undefined : resolve()))
        else if (!failed) resolve()
      }),
    readerGone,
  }
}

function mayBeTerminal(fd: number): boolean {
  const file = fstatSync(fd)
  return file.isCharacterDevice() && file.rdev !== statSync('/dev/null').rdev
}

/** @returns what the file does not take without waiting */
function writeNow(fd: number, bytes: Buffer): Buffer {
  let rest = bytes
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest))
  } catch (error) {
    if (errnoOf(error) !== 'EAGAIN') throw error
  }
  return rest
}

function unwritable(error: unknown): TraseError {
  const message = `standard output cannot be written: ${messageOf(error)}`
  return new TraseError('cannot_create', message, { hint: 'see whether the disk is full', cause: error })
}
