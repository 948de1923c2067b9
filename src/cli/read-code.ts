// Reads one-time codes: at a terminal without echo, elsewhere a line at a time; a question can be taken back.
import type { Io } from './io.ts'
import { leavePastes, markPastes, openKeyReader } from './key-presses.ts'
import type { Input } from './streams.ts'

/** Ctrl-C at the prompt; a standard input that has ended; a question that was taken back. */
export type CodeOutcome = { readonly code: string } | 'interrupted' | 'ended' | 'withdrawn'

export interface CodeReader {
  /** One question at a time. */
  read(question: string): Promise<CodeOutcome>
  /** Takes the question back, if one is open. */
  withdraw(): void
}

/** No code is as long. */
const codeCharactersMax = 4_096

export function openCodeReader(io: Io): CodeReader {
  return io.stdin.isTTY === true ? openPrompt(io) : openLines(io.stdin)
}

function openPrompt({ stdin, stderr, isPlain }: Io): CodeReader {
  let finish = (_outcome: CodeOutcome): void => {}

  function read(question: string): Promise<CodeOutcome> {
    // Before the question: what is pasted at the sight of it must find no echo.
    stdin.setRawMode?.(true)
    stdin.setEncoding('utf8')
    const keys = openKeyReader()
    return new Promise((resolve) => {
      let typed: string[] = []
      const onData = (data: string | Buffer): void => {
        for (const press of keys.push(String(data))) {
          if (press === 'interrupt') return finish('interrupted')
          if (press === 'enter' || press === 'end') return finish({ code: typed.join('') })
          if (press === 'erase') typed.pop()
          else if (press === 'clear') typed = []
          else if (typed.length < codeCharactersMax) typed.push(...Array.from(press.text))
        }
      }
      finish = (outcome) => {
        finish = () => {}
        stdin.off('data', onData)
        stdin.setRawMode?.(false)
        stdin.pause() // else it keeps the process alive
        stderr.write(isPlain ? '\n' : `${leavePastes}\n`)
        resolve(outcome)
      }
      stdin.on('data', onData)
      stdin.resume()
      stderr.write(isPlain ? question : markPastes + question)
    })
  }

  return { read, withdraw: () => finish('withdrawn') }
}

function openLines(stdin: Input): CodeReader {
  const lines: string[] = []
  let rest = ''
  let ended = false
  let finish: ((outcome: CodeOutcome) => void) | null = null

  function settle(): void {
    const line = finish ? lines.shift() : undefined
    if (line !== undefined) finish?.({ code: line })
    else if (ended) finish?.('ended')
  }

  function listen(): void {
    stdin.setEncoding('utf8')
    stdin.on('data', (data) => {
      rest += String(data)
      const parts = rest.split('\n')
      rest = (parts.pop() ?? '').slice(0, codeCharactersMax)
      lines.push(...parts.map((part) => part.trim()).filter((part) => part !== ''))
      // Nobody types ahead; a file given by mistake is not kept whole.
      lines.length = Math.min(lines.length, 16)
      settle()
    })
    const onEnd = (): void => {
      ended = true
      if (rest.trim() !== '') lines.push(rest.trim()) // a last line may do without its newline
      settle()
    }
    stdin.on('end', onEnd)
    stdin.on('error', onEnd)
  }

  let isListening = false
  return {
    read() {
      return new Promise((resolve) => {
        finish = (outcome) => {
          finish = null
          resolve(outcome)
        }
        if (!isListening) listen()
        isListening = true
        settle()
      })
    },
    withdraw: () => finish?.('withdrawn'),
  }
}
