// The streams of a process, and what is known of the terminal below one.
import type { Environment } from '../host.ts'

export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown }
export type Output = NodeJS.WritableStream & Partial<Terminal>

/** What a stream says about the terminal below it. */
export interface Terminal {
  readonly isTTY: boolean
  /** 0 when it does not know its size. */
  readonly columns: number
}

/** Node builds a stream when it is first looked at: stdin takes 5 ms, stdout and stderr 1, and few commands need them. */
export interface Streams {
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
  /** The file descriptor below `stdout`. */
  readonly stdoutFd: number
}

/** FORCE_COLOR wins over NO_COLOR, as in Node itself; without either, a terminal that is not `dumb` has colour. */
export function hasColor(stream: Partial<Terminal>, env: Environment): boolean {
  const force = env['FORCE_COLOR']
  if (force !== undefined) return force !== '0' && force !== 'false'
  if (env['NO_COLOR'] || env['TERM'] === 'dumb') return false
  return stream.isTTY === true
}

/** Columns of a terminal, null for anything else. A terminal that does not know its size says 0. */
export function terminalWidth(stream: Partial<Terminal>): number | null {
  return stream.isTTY === true ? stream.columns || 80 : null
}
