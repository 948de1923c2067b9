// Reads messages from a terminal in its own line mode, for those that understand no control sequences: nothing is drawn.
import type { Input, Output } from '../../streams.ts'
import { type Lines, openLines } from '../questions/lines.ts'
import { Interrupted } from '../questions/questions.ts'
import { goesOn, type MessageInput, messageCharactersMax, type Typed } from './typed.ts'

/** Before the further lines of a message. */
const furtherPrompt = '. '

export function openPlainInput(stdin: Input, terminal: Output): MessageInput {
  let interruption = new AbortController()
  let lines: Lines = openLines(stdin, interruption.signal)
  let onInterrupt: (() => void) | null = null
  let isReading = false
  let isClosed = false

  async function message(prompt: string): Promise<Typed> {
    let text = ''
    for (let shown = prompt; ; shown = furtherPrompt) {
      terminal.write(shown)
      const line = await lines.next()
      if (line === null) {
        terminal.write('\n') // nobody has pressed Enter
        return text === '' ? { kind: 'end' } : { kind: 'text', text }
      }
      text += line
      if (!goesOn(text) || text.length > messageCharactersMax) return { kind: 'text', text }
      text = `${text.slice(0, -1)}\n`
    }
  }

  return {
    async read(prompt) {
      isReading = true
      try {
        return await message(prompt)
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error
        if (isClosed) return { kind: 'end' }
        terminal.write('\n')
        return { kind: 'interrupt' }
      } finally {
        isReading = false
      }
    },
    onInterrupt: (callback) => (onInterrupt = callback),
    interrupt() {
      if (!isReading) return onInterrupt?.()
      interruption.abort()
      // The terminal has thrown away what was typed, and so does this.
      interruption = new AbortController()
      lines = openLines(stdin, interruption.signal)
    },
    close() {
      isClosed = true
      interruption.abort()
      lines.close()
    },
  }
}
