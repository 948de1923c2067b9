// The messages that a person types, however the terminal brings them.

export type Typed =
  | { readonly kind: 'text'; readonly text: string }
  /** Ctrl-D, or there is no more input. */
  | { readonly kind: 'end' }
  /** Ctrl-C where nothing was typed. */
  | { readonly kind: 'interrupt' }

export interface MessageInput {
  /** The next message or command, of one or more lines. */
  read(prompt: string): Promise<Typed>
  /** Whom Ctrl-C calls while nothing is read; null for nobody. */
  onInterrupt(callback: (() => void) | null): void
  /** A Ctrl-C that came as a signal. */
  interrupt(): void
  /** Gives the terminal back as it was; what is being read is the end. */
  close(): void
}

/** A message is no longer; what is typed or pasted beyond is left out. */
export const messageCharactersMax = 1_048_576

/** A backslash at the end lets the text go on; one that is meant is written twice. */
export function goesOn(text: string): boolean {
  return (/\\*$/.exec(text)?.[0].length ?? 0) % 2 === 1
}
