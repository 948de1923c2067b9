// The colours of the CLI's output. Our own few lines, because a package that looks whether colours fit opens the streams for it.

export interface Paint {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
}

/** The colours of a terminal, or the identity where there are none. ECMA-48, section 8.3.117. */
export function openPaint(colored: boolean): Paint {
  const style = (on: number, off: number) => (text: string) => (colored ? `\x1b[${on}m${text}\x1b[${off}m` : text)
  return { bold: style(1, 22), dim: style(2, 22), red: style(31, 39), green: style(32, 39), yellow: style(33, 39) }
}
