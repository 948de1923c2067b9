// The daemon's log file: appended to, moved aside when it is large, and never a reason for the gateway to fail.
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from '../errors.ts'

export interface LogFile {
  /** Lines that cannot be written are lost; what they could not be written to is tried again with the next one. */
  write(line: string): void
}

export interface LogFileOptions {
  readonly path: string
  /** A file above this is moved to `<path>.1`; one older file is kept. */
  readonly bytesMax: number
  /** Told once of each thing that fails. */
  onFailure(error: unknown, what: string): void
}

/**
 * Opens the file with its first line. Lines are rare, a few for each failure, so they are written at once: what waited
 * would be lost with the process whose end it explains, and grow while the disk is full.
 */
export function openLogFile({ path, bytesMax, onFailure }: LogFileOptions): LogFile {
  const told = new Set<string>()
  let fd: number | null = null
  let bytes = 0

  /** Only what the system refuses may fail here; anything else is a defect. */
  function failed(error: unknown, what: string): void {
    if (errnoOf(error) === undefined) throw error
    if (told.has(what)) return
    told.add(what)
    onFailure(error, what)
  }

  function open(): number | null {
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      fd = openSync(path, 'a', 0o600)
      bytes = fstatSync(fd).size
    } catch (error) {
      failed(error, 'the log file cannot be opened')
    }
    return fd
  }

  /** One that somebody removed is begun anew; one that cannot be moved grows on, and is tried again when it has doubled. */
  function moveAside(opened: number): void {
    bytes = 0
    try {
      renameSync(path, `${path}.1`)
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') return failed(error, 'the log file cannot be moved aside and grows on')
    }
    fd = null
    closeSync(opened)
  }

  return {
    write(line) {
      const lineBytes = Buffer.byteLength(line)
      if (fd !== null && bytes + lineBytes > bytesMax) moveAside(fd)
      const opened = fd ?? open()
      if (opened === null) return
      try {
        writeSync(opened, line)
        bytes += lineBytes
      } catch (error) {
        failed(error, 'the log file cannot be written')
      }
    },
  }
}
