// Answers one line with one line, which must not become longer than a line may be.
import type { JSONRPCResponse, JSONRPCServer } from 'json-rpc-2.0'
import { TraseError } from '../errors.ts'
import { lineBytesMax } from '../protocol/line-framing.ts'
import { toWireError } from '../protocol/wire-error.ts'
import { errorResponse, type Incoming } from './json-rpc.ts'

/**
 * Works on all requests of a line at once. A batch is answered by an array, even of one, which json-rpc-2.0 1.8 would send
 * bare.
 * @returns the line without its newline; null when there is nothing to answer
 */
export async function answersTo<Context>(
  server: JSONRPCServer<Context>,
  { batch, entries }: Incoming,
  context: Context,
): Promise<string | null> {
  const texts: string[] = []
  let bytesLeft = lineBytesMax - 3 // the brackets and the newline

  /** As they come, so that an answer without room is dropped at once. */
  function add(response: JSONRPCResponse): void {
    let text = JSON.stringify(response)
    let bytes = Buffer.byteLength(text) + 1
    if (bytes > bytesLeft) {
      text = JSON.stringify(errorResponse(response.id, toWireError(tooLong(bytes))))
      bytes = Buffer.byteLength(text) + 1
    }
    bytesLeft -= bytes
    texts.push(text)
  }

  await Promise.all(
    entries.map(async (entry) => {
      const response = 'method' in entry ? await server.receive(entry, context) : entry
      if (response) add(response)
    }),
  )
  if (texts.length === 0) return null
  return batch ? `[${texts.join(',')}]` : (texts[0] ?? null)
}

function tooLong(bytes: number): TraseError {
  return new TraseError('usage', `the answer of ${bytes} bytes does not fit a line of ${lineBytesMax}`, {
    hint: 'ask for less at a time',
  })
}
