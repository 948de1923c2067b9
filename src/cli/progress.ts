// How far a long call has come, for whoever sits before a terminal: one line that changes, or plain lines where none can.
import type { Environment } from '../host.ts'
import type { Io } from './io.ts'
import { printableLine } from './render/printable.ts'
import { hasColor, terminalWidth } from './streams.ts'
import { writeNote } from './io.ts'

export interface Progress {
  /** Replaces the line, or adds one. */
  show(text: string): void
  /** Takes the line away; what was added as lines stays. */
  end(): void
}

const silent: Progress = { show() {}, end() {} }

/** Nothing at all in a pipe or with --json: there it would only be in the way. */
export function openProgress(io: Io, env: Environment): Progress {
  const { stderr } = io
  const width = terminalWidth(stderr)
  if (width === null || io.json) return silent
  // A screen reader would read the same line again and again: it gets lines of their own.
  if (!io.color || io.isPlain || !hasColor(stderr, env)) return { show: (text) => io.note(text), end() {} }
  const clear = '\r\u001b[2K' // ECMA-48, section 8.3.41
  return {
    show: (text) => writeNote(stderr, `${clear}${printableLine(text).slice(0, width - 1)}`),
    end: () => writeNote(stderr, clear),
  }
}
