// Reads a secret: from a terminal without echo, from a pipe or file to its end.
import { TraseError } from '../errors.ts'
import type { Io } from './io.ts'
import type { Input } from './streams.ts'

/** No key is as long; a file given by mistake is refused instead of read whole. */
const secretBytesMax = 65_536

const keys = { interrupt: '\u0003', endOfInput: '\u0004', deleteLine: '\u0015' } as const

/** Arrow and function keys, and the marks around pasted text: no part of a secret. ECMA-48, section 5.4. */
const escapeSequence = /\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^[O])?/g

/**
 * @returns the secret without the newline at its end, null when it was interrupted (Ctrl-C) at the prompt
 * @throws TraseError `value_refused` above 64 KiB
 */
export async function readSecret(io: Io, question: string): Promise<string | null> {
  return io.stdin.isTTY === true ? prompt(io, question) : readToEnd(io.stdin)
}

/** All of standard input as text, less one newline at its end. @throws TraseError `value_refused` above 64 KiB */
export async function readToEnd(stdin: Input): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stdin) {
    const buffer = Buffer.from(chunk)
    bytes += buffer.length
    if (bytes > secretBytesMax) {
      throw new TraseError('value_refused', `standard input holds more than ${secretBytesMax} bytes`)
    }
    chunks.push(buffer)
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

function prompt({ stdin, stderr }: Io, question: string): Promise<string | null> {
  // Before the question: what is typed or pasted at the sight of it must find no echo.
  stdin.setRawMode?.(true)
  stdin.setEncoding('utf8')
  return new Promise((resolve) => {
    let typed: string[] = []
    const finish = (secret: string | null): void => {
      stdin.off('data', onData)
      stdin.setRawMode?.(false)
      stdin.pause() // else it keeps the process alive
      stderr.write('\n')
      resolve(secret)
    }
    const onData = (data: string | Buffer): void => {
      for (const key of String(data).replace(escapeSequence, '')) {
        if (key === keys.interrupt) return finish(null)
        if (key === '\r' || key === '\n' || key === keys.endOfInput) return finish(typed.join(''))
        if (key === '\u007f' || key === '\b') typed.pop()
        else if (key === keys.deleteLine) typed = []
        else typed.push(key)
      }
    }
    stdin.on('data', onData)
    stdin.resume()
    stderr.write(question)
  })
}
