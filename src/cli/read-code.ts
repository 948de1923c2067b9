// Reads one-time codes: at a terminal without echo, elsewhere a line at a time; a question can be taken back.
import { askHidden, type HiddenPrompt } from './hidden-prompt.ts'
import type { Io } from './io.ts'
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

function openPrompt(io: Io): CodeReader {
  let prompt: HiddenPrompt | null = null
  return {
    async read(question) {
      prompt = askHidden(io, question, codeCharactersMax)
      const answer = await prompt.answer
      return typeof answer === 'string' ? answer : { code: answer.text }
    },
    withdraw: () => prompt?.withdraw(),
  }
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
