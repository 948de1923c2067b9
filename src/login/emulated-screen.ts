// What a terminal of a given size would show: cursor movement and all, by xterm.js. Loaded with the first sign-in.
import headless from '@xterm/headless'
import type { Screen } from './claude-screens.ts'

export interface TerminalSize {
  readonly cols: number
  readonly rows: number
}

export interface EmulatedScreen {
  /** Draws, and calls back when it is drawn. */
  write(data: string, onDrawn: () => void): void
  /** What has scrolled out at the top included, as far as it is kept. */
  rows(): Screen
  /** Forgets everything. */
  close(): void
}

const scrollbackRows = 60

export function openEmulatedScreen(size: TerminalSize): EmulatedScreen {
  // Let go of at the end: it is most of a megabyte, holds what was shown, and whoever asks for a sign-in that is over keeps this alive.
  let terminal: headless.Terminal | null = new headless.Terminal({
    ...size,
    scrollback: scrollbackRows,
    allowProposedApi: true,
  })
  return {
    write: (data, onDrawn) => terminal?.write(data, onDrawn),
    rows() {
      const active = terminal?.buffer.active
      const count = active?.length ?? 0
      return Array.from({ length: count }, (_, index) => active?.getLine(index)?.translateToString(true) ?? '')
    },
    close() {
      terminal?.dispose()
      terminal = null
    },
  }
}
