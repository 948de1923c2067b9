// What a chat shows: answers as they come, remarks between them, and one line that comes and goes while a person waits.
import type { Io } from '../../io.ts'
import { openPaint } from '../../render/paint.ts'
import { printable } from '../../render/printable.ts'
import { wrapNote } from '../../render/wrap-note.ts'
import { hasColor, terminalWidth, type Output } from '../../streams.ts'
import type { Environment } from '../../../host.ts'
import { cutToWidth } from '../line-editor/text-width.ts'

export interface Screen {
  /** Where the dialogue takes place: prompts, remarks, and answers unless they go to a file. */
  readonly terminal: Output
  /** A piece of an answer. It is untrusted: on a terminal, its control characters are made visible. */
  piece(text: string): void
  /** Ends the line that an answer has left open. */
  endAnswer(): void
  /** A remark of lower rank, on lines of its own. */
  aside(text: string): void
  /** Something that was asked for, on lines of its own. */
  say(text: string): void
  /** Something that went wrong. */
  fail(text: string): void
  /** A free line. */
  gap(): void
  /** What goes on just now, in place of what it said before; null when nothing does. */
  status(text: string | null): void
}

const eraseLine = '\r\u001b[2K'

export function openScreen(io: Io, env: Environment): Screen {
  const answersAreShown = io.stdout.isTTY === true
  const terminal = answersAreShown ? io.stdout : io.stderr
  const moves = terminal.isTTY === true && !io.isPlain
  const paint = openPaint(io.color && hasColor(terminal, env))
  const clean = openCleaner()
  let isLineOpen = false
  let hasStatus = false

  function status(text: string | null): void {
    if (!moves || (text === null && !hasStatus)) return
    // One column is left free: a full line would break, and leave its first half behind.
    const shown = text === null ? '' : paint.dim(cutToWidth(printable(text), (terminalWidth(terminal) ?? 80) - 1))
    terminal.write(eraseLine + shown)
    hasStatus = text !== null
  }

  function lines(text: string, style: (line: string) => string): void {
    status(null)
    const fitted = wrapNote(printable(text), terminalWidth(terminal))
    terminal.write(`${fitted.split('\n').map(style).join('\n')}\n`)
  }

  function write(text: string): void {
    if (text === '') return
    isLineOpen = !text.endsWith('\n')
    if (answersAreShown) terminal.write(text)
    else io.write(text)
  }

  return {
    terminal,
    piece(text) {
      status(null)
      write(answersAreShown ? clean.push(text) : text)
    },
    endAnswer() {
      status(null)
      write(answersAreShown ? clean.end() : '')
      if (isLineOpen) write('\n')
    },
    aside: (text) => lines(text, (line) => (line === '' ? line : paint.dim(line))),
    say: (text) => lines(text, (line) => line),
    fail: (text) => lines(text, paint.red),
    gap: () => lines('', (line) => line),
    status,
  }
}

/** `printable` for a text in pieces, with the line ends of every system as `\n`. */
export function openCleaner(): { push(text: string): string; end(): string } {
  // The first half of a line end waits for the second.
  let held = ''
  const made = (text: string): string => printable(text.replaceAll('\r\n', '\n'))
  return {
    push(text) {
      const whole = held + text
      held = whole.endsWith('\r') ? '\r' : ''
      return made(whole.slice(0, whole.length - held.length))
    },
    end() {
      const rest = made(held)
      held = ''
      return rest
    },
  }
}
