// Reads a secret: from a terminal without echo, from a pipe or file to its end.
import { TraseError } from '../errors.ts'
import { askHidden } from './hidden-prompt.ts'
import type { Io } from './io.ts'
import type { Input } from './streams.ts'

/** No key is as long; a file given by mistake is refused instead of read whole. */
const secretBytesMax = 65_536
const secretCharactersMax = secretBytesMax

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

async function prompt(io: Io, question: string): Promise<string | null> {
  const answer = await askHidden(io, question, secretCharactersMax).answer
  return typeof answer === 'string' ? null : answer.text.replace(/\n$/, '')
}
