// Collects the answers to one line into one line, which must not become longer than a line may be.
import type { JSONRPCResponse } from 'json-rpc-2.0'
import { TraseError } from '../errors.ts'
import { lineBytesMax } from '../protocol/line-framing.ts'
import { toWireError } from '../protocol/wire-error.ts'
import { errorResponse } from './json-rpc.ts'

export interface Answers {
  /** Takes an answer as it comes, in any order; null for a notification. */
  add(response: JSONRPCResponse | null): void
  /** The line without its newline; null when there is nothing to answer. */
  text(): string | null
}

/** A batch is answered by an array, even of one; json-rpc-2.0 1.8 would send that one bare. */
export function openAnswers(batch: boolean): Answers {
  const texts: string[] = []
  let bytesLeft = lineBytesMax - 3 // the brackets and the newline

  return {
    add(response) {
      if (!response) return
      let text = JSON.stringify(response)
      let bytes = Buffer.byteLength(text) + 1
      if (bytes > bytesLeft) {
        text = JSON.stringify(errorResponse(response.id, toWireError(tooLong(bytes))))
        bytes = text.length + 1
      }
      bytesLeft -= bytes
      texts.push(text)
    },
    text() {
      if (texts.length === 0) return null
      return batch ? `[${texts.join(',')}]` : (texts[0] ?? null)
    },
  }
}

function tooLong(bytes: number): TraseError {
  return new TraseError('usage', `the answer of ${bytes} bytes does not fit a line of ${lineBytesMax}`, {
    hint: 'ask for less at a time',
  })
}
