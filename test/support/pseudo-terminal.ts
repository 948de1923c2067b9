// Runs the program in a real pseudo-terminal, and reads its screen from a terminal emulator as a person would.
import { Terminal } from '@xterm/headless'
import { spawn } from 'node-pty'
import { programPath } from './gateway-process.ts'
import { until } from './until.ts'

export interface PseudoTerminal {
  /** The rows of the screen and of what scrolled off it, without the blanks at their ends. */
  rows(): readonly string[]
  /** Everything that was written, escape codes included. */
  written(): string
  type(text: string): void
  resize(columns: number): void
  /** Resolves as soon as the screen shows the text, however its rows break it. */
  shows(text: string): Promise<void>
  /** Resolves to the exit status when the program has ended. */
  readonly ended: Promise<number>
  kill(signal: string): void
}

export interface PseudoTerminalOptions {
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly columns?: number
}

const rowsOfScreen = 60

export function openPseudoTerminal(args: readonly string[], options: PseudoTerminalOptions): PseudoTerminal {
  const { env, cwd, columns = 80 } = options
  const emulator = new Terminal({ cols: columns, rows: rowsOfScreen, scrollback: 2_000, allowProposedApi: true })
  const program = spawn(process.execPath, [programPath, ...args], {
    cols: columns,
    rows: rowsOfScreen,
    env: { TERM: 'xterm-256color', ...env },
    cwd,
  })
  let written = ''
  program.onData((data) => {
    written += data
    emulator.write(data)
  })
  const ended = new Promise<number>((resolve) => {
    // What was written last is on the screen once the emulator has caught up.
    program.onExit(({ exitCode, signal }) => emulator.write('', () => resolve(signal ? 128 + signal : exitCode)))
  })
  const rows = (): readonly string[] => {
    const { active } = emulator.buffer
    return Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? '')
  }
  return {
    rows,
    written: () => written,
    type: (text) => program.write(text),
    resize(newColumns) {
      emulator.resize(newColumns, rowsOfScreen)
      program.resize(newColumns, rowsOfScreen)
    },
    shows: (text) =>
      until(
        () => compact(rows().join('')).includes(compact(text)),
        () => `the screen shows ${JSON.stringify(text)}:\n${rows().join('\n').trimEnd()}`,
      ),
    ended,
    kill: (signal) => program.kill(signal),
  }
}

/** Without blanks and the line that questions are drawn along: a narrow terminal breaks a text anywhere. */
function compact(text: string): string {
  return text.replace(/[\s│|]+/g, '')
}
