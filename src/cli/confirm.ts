// Asks for a yes before something that cannot be undone.
import { createInterface } from 'node:readline'
import { TraseError } from '../errors.ts'
import type { Io } from './io.ts'

/**
 * True for `y` or `yes`. Enter alone, Ctrl-C and the end of input mean no.
 * @param command what to type where nobody can answer
 * @throws TraseError `usage` without a terminal
 */
export async function confirmed(io: Io, question: string, command: string): Promise<boolean> {
  if (io.stdin.isTTY !== true) {
    throw new TraseError('usage', 'this cannot be undone, and there is no terminal to ask', {
      hint: `if you mean it: ${command} --yes`,
    })
  }
  const lines = createInterface({ input: io.stdin, output: io.stderr, terminal: true })
  const answer = await new Promise<string>((resolve) => {
    lines.once('close', () => resolve(''))
    lines.once('SIGINT', () => {
      io.stderr.write('\n')
      resolve('')
    })
    lines.question(`${question} [y/N] `, resolve)
  })
  lines.close()
  return /^\s*y(es)?\s*$/i.test(answer)
}
