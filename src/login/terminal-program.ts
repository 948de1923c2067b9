// Runs a program in a pseudo-terminal and keeps what its screen shows. Loaded with the first sign-in: it brings native code.
import { spawn } from 'node-pty'
import type { Host, Timer } from '../host.ts'
import type { Screen } from './claude-screens.ts'
import { openEmulatedScreen } from './emulated-screen.ts'

export interface TerminalProgramOptions {
  readonly host: Pick<Host, 'killGroup' | 'setTimer'>
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** After each change of the screen. */
  readonly onScreen: () => void
  /** Once, when it has ended and all of its output is on the screen; not after `end`. */
  readonly onExit: (how: ProgramExit) => void
  /** Once, when it writes without end. */
  readonly onFlood: () => void
}

export interface ProgramExit {
  readonly code: number
  /** 0 for none. */
  readonly signal: number
}

export interface TerminalProgram {
  screen(): Screen
  write(text: string): void
  /**
   * Forgets the screen at once and ends the program with everything in its process group; resolves when it is gone.
   * @param patienceMs how long it may take to end by itself; the first call decides
   */
  end(patienceMs: number): Promise<void>
}

/** Wide enough that no address is broken; programs wrap by themselves, and no emulator can undo that. */
const size = { cols: 500, rows: 60 } as const
/** A whole sign-in writes some kilobytes; 15 minutes of a spinner 200 kB. */
const outputCharactersMax = 4_194_304
/** How long a program that is told to hang up may take over it. */
const hangUpMsMax = 1_000

export function openTerminalProgram(options: TerminalProgramOptions): TerminalProgram {
  const { host, command, args, cwd, env, onScreen, onExit, onFlood } = options
  const emulated = openEmulatedScreen(size)
  const program = spawn(command, [...args], { ...size, cwd, env, name: env['TERM'] ?? 'xterm-256color' })
  let written = 0
  /** Nobody wants to know any more what it shows. */
  let over = false
  let ended = false
  let timer: Timer | null = null
  const gone = new Promise<void>((resolve) => {
    program.onExit(({ exitCode, signal = 0 }) => {
      ended = true
      timer?.cancel()
      host.killGroup(program.pid) // what it started and left behind
      resolve()
      // Behind everything that waits to be drawn.
      if (!over) emulated.write('', () => over || onExit({ code: exitCode, signal }))
    })
  })
  program.onData((data) => {
    if (over || written > outputCharactersMax) return
    written += data.length
    if (written > outputCharactersMax) onFlood()
    else emulated.write(data, () => over || onScreen())
  })

  function hangUp(): void {
    program.kill('SIGHUP')
    timer = host.setTimer(hangUpMsMax, () => host.killGroup(program.pid))
  }

  return {
    screen: () => (over ? [] : emulated.rows()),
    write(text) {
      if (!over && !ended) program.write(text)
    },
    end(patienceMs) {
      if (!over) {
        over = true
        emulated.close()
        if (!ended && patienceMs > 0) timer = host.setTimer(patienceMs, hangUp)
        else if (!ended) hangUp()
      }
      return gone
    },
  }
}
