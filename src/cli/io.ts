// What the CLI writes where: data on stdout, everything else on stderr, in colour only where somebody can see it.
import type { Environment } from '../host.ts'
import { openPaint, type Paint } from './render/paint.ts'
import { forHome } from './render/for-home.ts'
import { printable } from './render/printable.ts'
import { wrapNote } from './render/wrap-note.ts'
import type { StandardOutput } from './standard-output.ts'
import { hasColor, terminalWidth, type Output, type Streams } from './streams.ts'

export interface Io extends Streams {
  readonly json: boolean
  /** False for --no-color. */
  readonly color: boolean
  /** Columns of the terminal on stdout; null when it is none, and then nothing is fitted to a width. */
  readonly width: number | null
  readonly paint: Paint
  /** The terminal understands no control sequences (TERM=dumb). */
  readonly isPlain: boolean
  /** Writes data: one JSON value with --json, else what `render` makes of it for people. */
  print(value: unknown, render: () => string): void
  /** Writes a piece of data as it is. */
  write(text: string): void
  /** Writes one line of data. */
  line(text: string): void
  /**
   * Writes a remark to stderr, which may begin with `note: ` or `hint: `: fitted to a terminal and with its control
   * characters made visible, or one line of JSON with --json, as errors are.
   */
  note(text: string): void
}

/** @param options `color` is false for --no-color; `home` is what --home names, absolute, for the commands in remarks. */
export function openIo(
  streams: Streams,
  stdout: StandardOutput,
  env: Environment,
  options: { readonly json: boolean; readonly color: boolean; readonly home?: string | undefined },
): Io {
  const line = (text: string): void => stdout.write(`${text}\n`)
  return {
    get stdin() {
      return streams.stdin
    },
    get stdout() {
      return streams.stdout
    },
    get stderr() {
      return streams.stderr
    },
    stdoutFd: streams.stdoutFd,
    json: options.json,
    color: options.color,
    width: terminalWidth(stdout),
    isPlain: env['TERM'] === 'dumb',
    paint: openPaint(options.color && hasColor(stdout, env)),
    write: (text) => stdout.write(text),
    print: (value, render) => line(options.json ? JSON.stringify(value, null, 2) : render()),
    line,
    note(words) {
      const { stderr } = streams
      const text = forHome(words, options.home)
      writeNote(stderr, options.json ? noteAsJson(text) : `${wrapNote(printable(text), terminalWidth(stderr))}\n`)
    },
  }
}

/** `{"hint": …}` for a hint, `{"note": …}` for everything else. */
function noteAsJson(text: string): string {
  const [, kind = 'note', said = text] = /^(note|hint): (.*)$/s.exec(text) ?? []
  return `${JSON.stringify({ [kind]: said })}\n`
}

/** For stderr: when nobody reads it any more, the exit status still tells. */
export function writeNote(stderr: Output, text: string): void {
  if (stderr.listenerCount('error') === 0) stderr.on('error', () => {})
  stderr.write(text)
}
