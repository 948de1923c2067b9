// Reads messages from a terminal, key by key: with editing, a history, pastes of many lines, and Ctrl-C at any time.
import type { Host, Timer } from '../../../host.ts'
import { openKeyReader } from '../../key-presses.ts'
import type { Input, Output } from '../../streams.ts'
import { editorKeys } from './editor-keys.ts'
import type { Key } from './editor.ts'
import { openRawTerminal } from './raw-terminal.ts'
import type { MessageInput } from './typed.ts'
import { openTyping } from './typing.ts'

export interface LineInputOptions {
  readonly host: Pick<Host, 'spawn' | 'onSignal' | 'pid' | 'setTimer'>
  readonly stdin: Input
  readonly terminal: Output
  /** What Tab makes of the text, null for nothing. */
  readonly complete: (text: string) => string | null
}

/** Keys that are pressed while an answer comes wait for the next prompt; not more of them than this. */
const aheadMax = 10_000
/** While a window is drawn larger, its size changes many times. */
const resizedMs = 50

export function openLineInput({ host, stdin, terminal, complete }: LineInputOptions): MessageInput {
  const keys = openKeyReader(editorKeys)
  const typing = openTyping({ terminal, complete, onSuspend: suspend })
  const ahead: Key[] = []
  let onInterrupt: (() => void) | null = null
  let isAtEnd = false

  function suspend(): void {
    typing.leave()
    raw.suspend()
  }

  function interrupt(): void {
    ahead.length = 0
    if (typing.isOpen()) typing.take(['interrupt'])
    else onInterrupt?.()
  }

  function onData(data: string | Buffer): void {
    for (const key of keys.push(String(data))) {
      if (key === 'interrupt' && !typing.isOpen()) interrupt()
      else if (key === 'suspend' && !typing.isOpen()) suspend()
      else if (ahead.length < aheadMax) ahead.push(key)
    }
    typing.take(ahead)
  }

  /** Nobody is at the terminal any more. */
  function onEnd(): void {
    isAtEnd = true
    typing.end()
  }

  stdin.setEncoding('utf8')
  stdin.on('data', onData)
  stdin.on('end', onEnd)
  stdin.on('error', onEnd)
  const stopWatching = onResize(host, terminal, () => typing.redraw())
  const onResume = (): void => {
    typing.leave()
    typing.redraw()
  }
  const raw = openRawTerminal({ host, stdin, terminal, onResume })

  return {
    async read(prompt) {
      if (isAtEnd) return { kind: 'end' }
      const typed = typing.begin(prompt)
      typing.take(ahead)
      return typed
    },
    onInterrupt: (callback) => (onInterrupt = callback),
    interrupt,
    close() {
      onEnd()
      stdin.off('data', onData)
      stopWatching()
      raw.close()
    },
  }
}

/** Calls back once the size has come to rest. */
function onResize(host: Pick<Host, 'setTimer'>, terminal: Output, callback: () => void): () => void {
  let timer: Timer | null = null
  const listener = (): void => {
    timer?.cancel()
    timer = host.setTimer(resizedMs, callback)
  }
  terminal.on('resize', listener)
  return () => {
    timer?.cancel()
    terminal.off('resize', listener)
  }
}
