// What the CLI writes where: data on stdout, everything else on stderr, in colour only where somebody can see it.
import pc from 'picocolors'
import { errnoOf, messageOf, TraseError } from '../errors.ts'
import type { Environment } from '../host.ts'
import { printable } from './render/printable.ts'

export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown }
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }

export interface Streams {
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
}

/** The colours of one stream; the identity where there are none. */
export type Paint = ReturnType<typeof pc.createColors>

export interface Io extends Streams {
  readonly json: boolean
  /** Columns of the terminal on stdout; null when it is none, and then nothing is fitted to a width. */
  readonly width: number | null
  readonly paint: Paint
  /** Writes data: one JSON value with --json, else what `render` makes of it for people. */
  print(value: unknown, render: () => string): void
  /** Writes one line of data. */
  line(text: string): void
  /** Writes a remark to stderr; control characters in it are made visible. */
  note(text: string): void
  /** Resolves when everything has been written, as far as somebody still reads. */
  flush(): Promise<void>
  /**
   * Settles when the reader of stdout has gone (`| head`): there is nobody left to work for.
   * @throws TraseError `cannot_create` when stdout cannot be written
   */
  readonly readerGone: Promise<void>
}

/** @param options `color` is false for --no-color. */
export function openIo(
  streams: Streams,
  env: Environment,
  options: { readonly json: boolean; readonly color: boolean },
): Io {
  const { stdout } = streams
  const line = (text: string): void => void stdout.write(`${text}\n`)
  return {
    // Node builds a stream when it is first looked at: stdin takes 5 ms, stderr 1, and few commands need them.
    get stdin() {
      return streams.stdin
    },
    get stderr() {
      return streams.stderr
    },
    stdout,
    json: options.json,
    width: terminalWidth(stdout),
    paint: pc.createColors(options.color && hasColor(stdout, env)),
    print: (value, render) => line(options.json ? JSON.stringify(value, null, 2) : render()),
    line,
    note: (text) => writeNote(streams.stderr, `${printable(text)}\n`),
    flush: () =>
      new Promise((resolve) => {
        // When it fails, `readerGone` tells why.
        stdout.write('', (error) => (error ? undefined : resolve()))
      }),
    readerGone: readerGone(stdout),
  }
}

/** FORCE_COLOR wins over NO_COLOR, as in Node itself; without either, a terminal that is not `dumb` has colour. */
export function hasColor(stream: Output, env: Environment): boolean {
  const force = env['FORCE_COLOR']
  if (force !== undefined) return force !== '0' && force !== 'false'
  if (env['NO_COLOR'] || env['TERM'] === 'dumb') return false
  return stream.isTTY === true
}

/** Columns of a terminal, null for anything else. A terminal that does not know its size says 0. */
export function terminalWidth(stream: Output): number | null {
  return stream.isTTY === true ? stream.columns || 80 : null
}

/** For stderr: when nobody reads it any more, the exit status still tells. */
export function writeNote(stderr: Output, text: string): void {
  if (stderr.listenerCount('error') === 0) stderr.on('error', () => {})
  stderr.write(text)
}

function readerGone(stdout: Output): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.on('error', (error: unknown) => (errnoOf(error) === 'EPIPE' ? resolve() : reject(unwritable(error))))
  })
}

function unwritable(error: unknown): TraseError {
  const message = `standard output cannot be written: ${messageOf(error)}`
  return new TraseError('cannot_create', message, { hint: 'see whether the disk is full', cause: error })
}
