// Sees the body of an answer pass: notes when the first content came, and keeps the little of it that the tokens are read from.
import type { Dialect } from '../../domain/provider.ts'
import type { AnswerClass } from '../../domain/rate-limit.ts'
import type { ServerSentEvent } from '../../domain/server-sent-events.ts'
import { isContentEvent } from '../../domain/stream-content.ts'
import type { Host } from '../../host.ts'
import { codingNamed, isIdentity } from '../content-coding.ts'
import { openEventReader } from '../event-reader.ts'
import { parseJson } from '../parse-answer.ts'
import type { Tap } from '../upstream/answer.ts'
import type { UsageDecoding } from './decoding.ts'
import { lastError } from './last-error.ts'
import type { TokenCounts } from './record.ts'
import { endsOf, findUsage, headBytesMax, tailBytesMax } from './scan.ts'

export interface UsageTap extends Tap {
  /** Monotonic milliseconds at which the first content was passed on; null when there was none, as in an error. */
  firstContentAtMs(): number | null
  /** After the end: what the last event of a stream says went wrong; null when nothing did, or when it is compressed. */
  failure(): AnswerClass | null
  /** Call it once, after the end: what an answer said before it broke off counts, too. A compressed body takes a while. */
  tokens(): TokenCounts | null | Promise<TokenCounts | null>
}

export interface TapDeps {
  readonly host: Pick<Host, 'monotonicMs'>
  readonly decoding: UsageDecoding
}

/** What of an answer's head decides how its body is looked at. */
export interface TappedAnswer {
  readonly status: number
  readonly contentType: string
  readonly contentEncoding: string
}

export function openUsageTap(deps: TapDeps, dialect: Dialect, answer: TappedAnswer): UsageTap {
  const { status, contentType, contentEncoding } = answer
  const isEventStream = contentType.startsWith('text/event-stream')
  const isGood = status >= 200 && status < 300
  const counts = isGood && (isEventStream || contentType.includes('json'))
  const isPlain = isIdentity(contentEncoding)
  const kept = counts
    ? isPlain
      ? keepEnds(isEventStream)
      : keepAll(deps.decoding, contentEncoding, isEventStream)
    : null
  let isContent = isEventStream && isPlain ? openContentWatch(dialect) : null
  let firstContentAtMs: number | null = null

  return {
    chunk(bytes) {
      if (isGood && firstContentAtMs === null && (isContent === null || isContent(bytes))) {
        firstContentAtMs = deps.host.monotonicMs()
        isContent = null // with what it has read, for the length of a stream
      }
      kept?.add(bytes)
    },
    firstContentAtMs: () => firstContentAtMs,
    failure() {
      const end = isEventStream ? (kept?.end() ?? null) : null
      return end === null ? null : lastError(dialect, end)
    },
    tokens: () => kept?.tokens() ?? null,
  }
}

interface Kept {
  add(bytes: Buffer): void
  /** The last bytes as they came; null when they cannot be read. */
  end(): Buffer | null
  tokens(): TokenCounts | null | Promise<TokenCounts | null>
}

/**
 * The beginning and the end of a body. One that comes in one piece, as short answers do, is only pointed at; of others a copy is kept that
 * never grows, because a slice would hold all of the read it is cut from.
 */
function keepEnds(isEventStream: boolean): Kept {
  let only: Buffer | null = null
  let ends: Ends | null = null
  return {
    add(bytes) {
      if (ends !== null) ends.add(bytes)
      else if (only === null) only = bytes
      else {
        ends = openEnds(tailBytesMax(isEventStream))
        ends.add(only)
        ends.add(bytes)
        only = null
      }
    },
    end() {
      if (ends === null) return only
      const { head, tail } = ends.kept()
      return tail ?? head
    },
    tokens() {
      if (ends !== null) {
        const { head, tail } = ends.kept()
        return findUsage({ head, tail, isEventStream })
      }
      return only === null ? null : findUsage(endsOf(only, isEventStream))
    },
  }
}

interface Ends {
  add(bytes: Buffer): void
  kept(): { readonly head: Buffer; readonly tail: Buffer | null }
}

/** A buffer whose part behind the head is written round and round. */
function openEnds(tailBytes: number): Ends {
  const keptBytesMax = headBytesMax + tailBytes
  const buffer = Buffer.allocUnsafeSlow(keptBytesMax)
  /** Where the next byte goes. */
  let at = 0
  let isRound = false

  function addToTail(bytes: Buffer): void {
    let from = Math.max(0, bytes.length - tailBytes)
    while (from < bytes.length) {
      if (at === keptBytesMax) {
        at = headBytesMax
        isRound = true
      }
      const copied = bytes.copy(buffer, at, from, from + keptBytesMax - at)
      at += copied
      from += copied
    }
  }

  return {
    add(bytes) {
      const toHead = at < headBytesMax && !isRound ? bytes.copy(buffer, at, 0, headBytesMax - at) : 0
      at += toHead
      if (toHead === bytes.length) return
      // Skipped bytes leave a gap, as a full round does.
      if (bytes.length - toHead > tailBytes) isRound = true
      addToTail(bytes.subarray(toHead))
    },
    kept() {
      if (!isRound) return { head: buffer.subarray(0, at), tail: null }
      const [older, newer] = [buffer.subarray(at), buffer.subarray(headBytesMax, at)]
      return { head: buffer.subarray(0, headBytesMax), tail: Buffer.concat([older, newer]) }
    },
  }
}

/** A compressed body that is longer stays unread. */
const compressedBytesMax = 262_144

function keepAll(decoding: UsageDecoding, encoding: string, isEventStream: boolean): Kept | null {
  const coding = codingNamed(encoding)
  if (coding === undefined) return null
  const pieces: Buffer[] = []
  let bytes = 0
  let isGivenUp = false
  return {
    add(chunk) {
      if (isGivenUp) return
      if (bytes + chunk.length <= compressedBytesMax && decoding.reserve(chunk.length)) {
        bytes += chunk.length
        pieces.push(Buffer.from(chunk)) // a slice would hold all of the read it is cut from
        return
      }
      isGivenUp = true
      decoding.release(bytes)
      pieces.length = 0
    },
    end: () => null,
    tokens: () => (isGivenUp || bytes === 0 ? null : decoding.tokensOf({ pieces, bytes, coding, isEventStream })),
  }
}

/** So much of a stream is searched for its first content; what comes behind it is taken for content. */
const searchedBytesMax = 65_536

/** Whether content has come with this chunk. */
function openContentWatch(dialect: Dialect): (chunk: Buffer) => boolean {
  const read = openEventReader()
  let searchedBytes = 0
  return (chunk) => {
    searchedBytes += chunk.length
    return searchedBytes > searchedBytesMax || read(chunk).some((event) => holdsContent(dialect, event))
  }
}

function holdsContent(dialect: Dialect, { name, data }: ServerSentEvent): boolean {
  return isContentEvent(dialect, name === '' ? undefined : name, parseJson(data))
}
