// One message at a time, from its prompt to Enter: what is typed is edited and drawn.
import type { Output } from '../../streams.ts'
import { openDrawing } from './draw-draft.ts'
import { type Key, openEditor } from './editor.ts'
import type { Typed } from './typed.ts'

export interface Typing {
  /** Draws the prompt; resolves with the message. */
  begin(prompt: string): Promise<Typed>
  isOpen(): boolean
  /** Takes keys from the beginning of the list, until one of them ends the message. */
  take(keys: Key[]): void
  /** Ends without a message. */
  end(): void
  redraw(): void
  /** Leaves the terminal to others; `redraw` begins anew then, wherever the cursor is. */
  leave(): void
}

export interface TypingOptions {
  readonly terminal: Output
  /** What Tab makes of the text, null for nothing. */
  readonly complete: (text: string) => string | null
  /** Ctrl-Z. */
  readonly onSuspend: () => void
}

export function openTyping({ terminal, complete, onSuspend }: TypingOptions): Typing {
  const editor = openEditor(complete)
  const drawing = openDrawing(terminal)
  let open: { readonly prompt: string; readonly done: (typed: Typed) => void } | null = null

  function redraw(): void {
    if (open) drawing.draw(open.prompt, editor.draft())
  }

  function settle(typed: Typed): void {
    redraw()
    drawing.finish()
    editor.restart()
    open?.done(typed)
    open = null
  }

  return {
    begin(prompt) {
      const { promise, done } = deferred()
      open = { prompt, done }
      redraw()
      return promise
    },
    isOpen: () => open !== null,
    take(keys) {
      while (open) {
        const key = keys.shift()
        if (key === undefined) break
        const asked = editor.take(key)
        if (asked === 'clearScreen') drawing.clear()
        else if (asked === 'suspend') onSuspend()
        else if (asked !== null) settle(asked)
      }
      redraw()
    },
    end() {
      if (open) settle({ kind: 'end' })
    },
    redraw,
    leave: () => drawing.finish(),
  }
}

function deferred(): { readonly promise: Promise<Typed>; readonly done: (typed: Typed) => void } {
  let done = (_typed: Typed): void => {}
  const promise = new Promise<Typed>((resolve) => (done = resolve))
  return { promise, done }
}
