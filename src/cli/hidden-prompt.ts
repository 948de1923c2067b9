// Asks at a terminal without echo: what is typed or pasted there, in as many lines as it has.
import type { Io } from './io.ts'
import { leavePastes, markPastes, openKeyReader, promptKeys } from './key-presses.ts'

/** `interrupted`: Ctrl-C. `withdrawn`: the question was taken back. */
export type HiddenAnswer = { readonly text: string } | 'interrupted' | 'withdrawn'

export interface HiddenPrompt {
  readonly answer: Promise<HiddenAnswer>
  /** Takes the question back, if it is still open. */
  withdraw(): void
}

/** @param charactersMax what comes beyond is left out */
export function askHidden({ stdin, stderr, isPlain }: Io, question: string, charactersMax: number): HiddenPrompt {
  // Before the question: what is typed or pasted at the sight of it must find no echo.
  stdin.setRawMode?.(true)
  stdin.setEncoding('utf8')
  const keys = openKeyReader(promptKeys)
  let typed: string[] = []
  let settle: (answer: HiddenAnswer) => void
  const answer = new Promise<HiddenAnswer>((resolve) => (settle = resolve))
  let isOpen = true

  function finish(outcome: HiddenAnswer): void {
    if (!isOpen) return
    isOpen = false
    stdin.off('data', onData)
    stdin.setRawMode?.(false)
    stdin.pause() // else it keeps the process alive
    stderr.write(isPlain ? '\n' : `${leavePastes}\n`)
    settle(outcome)
  }

  function onData(data: string | Buffer): void {
    for (const press of keys.push(String(data))) {
      if (press === 'interrupt') return finish('interrupted')
      if (press === 'enter' || press === 'end') return finish({ text: typed.join('') })
      if (press === 'erase') typed.pop()
      else if (press === 'clear') typed = []
      else typed.push(...Array.from(press.text).slice(0, charactersMax - typed.length))
    }
  }

  stdin.on('data', onData)
  stdin.resume()
  stderr.write(isPlain ? question : markPastes + question)
  return { answer, withdraw: () => finish('withdrawn') }
}
