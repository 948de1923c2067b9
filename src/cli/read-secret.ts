// Reads a secret: from a terminal without echo, from a pipe or file to its end.
import { TraseError } from '../errors.ts'
import type { Io } from './io.ts'
import { leavePastes, markPastes, openKeyReader } from './key-presses.ts'
import type { Input } from './streams.ts'

/** No key is as long; a file given by mistake is refused instead of read whole. */
const secretBytesMax = 65_536

/**
 * @returns the secret without the newline at its end, null when it was interrupted (Ctrl-C) at the prompt; what was pasted
 * there in several lines has them
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

function prompt({ stdin, stderr, isPlain }: Io, question: string): Promise<string | null> {
  // Before the question: what is typed or pasted at the sight of it must find no echo.
  stdin.setRawMode?.(true)
  stdin.setEncoding('utf8')
  const keys = openKeyReader()
  return new Promise((resolve) => {
    let typed: string[] = []
    const finish = (secret: string | null): void => {
      stdin.off('data', onData)
      stdin.setRawMode?.(false)
      stdin.pause() // else it keeps the process alive
      stderr.write(isPlain ? '\n' : `${leavePastes}\n`)
      resolve(secret)
    }
    const onData = (data: string | Buffer): void => {
      for (const press of keys.push(String(data))) {
        if (press === 'interrupt') return finish(null)
        if (press === 'enter' || press === 'end') return finish(typed.join('').replace(/\n$/, ''))
        if (press === 'erase') typed.pop()
        else if (press === 'clear') typed = []
        else typed.push(...Array.from(press.text))
        if (typed.length > secretBytesMax) typed.length = secretBytesMax
      }
    }
    stdin.on('data', onData)
    stdin.resume()
    stderr.write(isPlain ? question : markPastes + question)
  })
}
