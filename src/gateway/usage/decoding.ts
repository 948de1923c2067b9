// Decodes the bodies that providers send compressed, to count their tokens: behind the answers, and only so much at a time.
import type { ContentCoding } from '../content-coding.ts'
import type { TokenCounts } from './record.ts'
import { endsOf, findUsage, type KeptBody } from './scan.ts'

export interface UsageDecoding {
  /** Takes bytes into account; false when too many are kept or wait already, and then nobody may keep them. */
  reserve(bytes: number): boolean
  release(bytes: number): void
  /** What a compressed body says; null when it cannot be read. `bytes` were reserved and are released here. */
  tokensOf(body: CompressedBody): Promise<TokenCounts | null>
}

export interface CompressedBody {
  readonly pieces: readonly Buffer[]
  readonly bytes: number
  readonly coding: ContentCoding
  readonly isEventStream: boolean
}

/** Of all answers together that pass now or wait to be decoded. */
const keptBytesMax = 33_554_432
const atOnceMax = 2
/** Answers that wait to be decoded; of the next ones the tokens stay unknown. */
const waitingMax = 256
const decodedBytesMax = 8_388_608

export function openUsageDecoding(): UsageDecoding {
  const waiting: (() => void)[] = []
  let keptBytes = 0
  let running = 0

  /** Hands the turn over, or gives it up. */
  function next(): void {
    const waiter = waiting.shift()
    if (waiter) waiter()
    else running--
  }

  return {
    reserve(bytes) {
      if (keptBytes + bytes > keptBytesMax) return false
      keptBytes += bytes
      return true
    },
    release(bytes) {
      keptBytes -= bytes
    },
    async tokensOf(body) {
      if (running < atOnceMax) running++
      else if (waiting.length < waitingMax) await new Promise<void>((resolve) => waiting.push(resolve))
      else {
        keptBytes -= body.bytes
        return null
      }
      try {
        return findUsage(await decoded(body))
      } finally {
        keptBytes -= body.bytes
        next()
      }
    },
  }
}

function decoded({ pieces, coding, isEventStream }: CompressedBody): Promise<KeptBody> {
  return new Promise((resolve) => {
    const done = (error: Error | null, plain: Buffer): void => {
      // Damaged or larger than the limit: the client gets it as it is, and here nothing is known of it.
      resolve(endsOf(error ? Buffer.alloc(0) : plain, isEventStream))
    }
    const options = { finishFlush: coding.finishFlush, maxOutputLength: decodedBytesMax }
    coding.decode(Buffer.concat(pieces), options, done)
  })
}
