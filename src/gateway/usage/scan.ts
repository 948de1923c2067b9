// Finds the usage object in the beginning and the end of an answer's body, without parsing what lies between.
import { isRecord } from '../../domain/json-record.ts'
import type { TokenCounts } from './record.ts'
import { countsTokens, tokenCounts } from './token-counts.ts'

/** What was kept of a body: all of it in `head`, or its beginning and its end with a gap between. */
export interface KeptBody {
  readonly head: Buffer
  readonly tail: Buffer | null
  readonly isEventStream: boolean
}

/** Of a long body's beginning: the first event of Anthropic's streams takes 600 bytes. */
export const headBytesMax = 2_048

/** Of its end. A stream's last events take some hundred bytes; behind the usage of an answer of OpenAI stand up to 10 kB of metadata. */
export const tailBytesMax = (isEventStream: boolean): number => (isEventStream ? 4_096 : 16_384)

/** Both ends of a body that is there as a whole. */
export function endsOf(body: Buffer, isEventStream: boolean): KeptBody {
  const tailBytes = tailBytesMax(isEventStream)
  if (body.length <= headBytesMax + tailBytes) return { head: body, tail: null, isEventStream }
  return { head: body.subarray(0, headBytesMax), tail: body.subarray(body.length - tailBytes), isEventStream }
}

type Usage = Readonly<Record<string, unknown>>

/** Places that are looked at in one piece. Chunks of a chat say `"usage":null` over and over, and are passed over cheaply. */
const placesMax = 256
/** Objects that are measured in one piece, which takes a look at every byte behind them. */
const objectsMax = 16
/** How both keys begin, `"usage"` and Google's `"usageMetadata"`: so one search finds either. */
const beginning = Buffer.from('"usage')
const endings = ['"', 'Metadata"'] as const

const backslash = 0x5c
const quote = 0x22
const colon = 0x3a
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const lineFeed = 0x0a
const carriageReturn = 0x0d

/**
 * The tokens that a provider says an answer took; null when it says nothing. The last word counts. Of Anthropic's streams the first event
 * has the input and the last one the output, so that what the last one leaves out is taken from the first.
 */
export function findUsage({ head, tail, isEventStream }: KeptBody): TokenCounts | null {
  const start: Piece = {
    bytes: head,
    isStart: true,
    isEnd: tail === null,
    isEventStream,
    depths: depthsOf(head, isEventStream),
  }
  const ending: Piece | null = tail && { ...start, bytes: tail, isStart: false, isEnd: true }
  const last = (ending && lastUsage(ending)) ?? lastUsage(start)
  if (last === null) return null
  const first = isEventStream ? firstUsage(start) : null
  return tokenCounts(first === null ? last : { ...first, ...last })
}

/** A piece of a body that is looked at. */
interface Piece {
  readonly bytes: Buffer
  readonly isStart: boolean
  readonly isEnd: boolean
  readonly isEventStream: boolean
  /**
   * How deep in its JSON value a usage object may lie. An answer has it at the top; an event has it there or within `message` or `response`;
   * Google's answers that are streamed without events are an array. Deeper ones are something that a model wrote.
   */
  readonly depths: readonly number[]
}

function depthsOf(head: Buffer, isEventStream: boolean): readonly number[] {
  if (isEventStream) return [1, 2]
  let at = 0
  while (isSpace(head[at])) at++
  return head[at] === openBracket ? [2] : [1]
}

function lastUsage(piece: Piece): Usage | null {
  let end = piece.bytes.length
  let objects = 0
  for (let places = 0; places < placesMax && objects < objectsMax && end > 0; places++) {
    const at = piece.bytes.lastIndexOf(beginning, end - 1)
    if (at < 0) return null
    const start = objectAt(piece, at)
    if (start !== null) {
      objects++
      const usage = usageAt(piece, start)
      if (usage !== null) return usage
    }
    end = at
  }
  return null
}

function firstUsage(piece: Piece): Usage | null {
  const at = piece.bytes.indexOf(beginning)
  const start = at < 0 ? null : objectAt(piece, at)
  return start === null ? null : usageAt(piece, start)
}

/** Where the object of the key at `at` begins. A key whose quotes are both whole lies outside of every string; an escaped quote is inside of one. */
function objectAt({ bytes, isStart }: Piece, at: number): number | null {
  if (bytes[at - 1] === backslash || (at === 0 && !isStart)) return null
  const from = at + beginning.length
  const ending = endings.find((text) => bytes.toString('latin1', from, from + text.length) === text)
  return ending === undefined ? null : valueStart(bytes, from + ending.length)
}

/** The object that begins at `start`, if it lies where the provider's own does. */
function usageAt(piece: Piece, start: number): Usage | null {
  const { bytes, depths } = piece
  const end = closing(bytes, start)
  if (end === null || !depths.includes(depthOf(piece, start, end))) return null
  return parsed(bytes.toString('utf8', start, end))
}

/** How many values the one from `start` to `end` lies in; -1 when that cannot be seen. */
function depthOf({ bytes, isEnd, isEventStream }: Piece, start: number, end: number): number {
  if (!isEventStream) return isEnd ? -balance(bytes, end, bytes.length) : balance(bytes, 0, start)
  let lineEnd = end
  while (lineEnd < bytes.length && bytes[lineEnd] !== lineFeed && bytes[lineEnd] !== carriageReturn) lineEnd++
  return lineEnd < bytes.length || isEnd ? -balance(bytes, end, lineEnd) : -1
}

/** How many more values open than close between two places outside of strings. */
function balance(bytes: Buffer, from: number, to: number): number {
  let open = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0
    if (byte === quote) at = stringEnd(bytes, at)
    else open += nesting[byte] ?? 0
  }
  return open
}

/** What each byte does to the number of open values. */
const nesting = new Int8Array(256)
for (const byte of [openBrace, openBracket]) nesting[byte] = 1
for (const byte of [closeBrace, closeBracket]) nesting[byte] = -1

/** Where the object behind `:` begins; null for any other value. */
function valueStart(bytes: Buffer, from: number): number | null {
  let at = from
  while (isSpace(bytes[at])) at++
  if (bytes[at] !== colon) return null
  at++
  while (isSpace(bytes[at])) at++
  return bytes[at] === openBrace ? at : null
}

/** The place behind the brace that closes the object at `start`; null when it is not there. */
function closing(bytes: Buffer, start: number): number | null {
  let open = 0
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === quote) at = stringEnd(bytes, at)
    else open += nesting[byte] ?? 0
    if (open === 0) return at + 1
  }
  return null
}

/** Names are short, and a call to search for their end would cost more than looking. */
const shortBytes = 32

/** The closing quote of the string that opens at `start`, or the end of the bytes. */
function stringEnd(bytes: Buffer, start: number): number {
  const near = Math.min(bytes.length, start + shortBytes)
  let at = start + 1
  for (; at < near; at++) {
    if (bytes[at] === quote) return at
    if (bytes[at] === backslash) break
  }
  at = bytes.indexOf(quote, at)
  while (at >= 0 && isEscaped(bytes, at)) at = bytes.indexOf(quote, at + 1)
  return at < 0 ? bytes.length : at
}

function isEscaped(bytes: Buffer, at: number): boolean {
  let backslashes = 0
  while (bytes[at - 1 - backslashes] === backslash) backslashes++
  return backslashes % 2 === 1
}

function parsed(text: string): Usage | null {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) && countsTokens(value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null // it only looked like an object
    throw error
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === lineFeed || byte === carriageReturn || byte === 0x09
}
