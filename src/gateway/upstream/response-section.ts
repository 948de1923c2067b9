// Lines up to an empty one: the head of an answer or its trailers, put together from whatever pieces they come in.
import { badAnswer } from './failures.ts'

/** Heads have a few hundred bytes up to some kilobytes: no more is looked at when the end is among these. */
const firstLookBytes = 4_096
const emptyLine = '\r\n\r\n'

export interface Section {
  /** What was read so far; when it is whole, each line with its CRLF, without the empty line. */
  text: string
  /** The last three characters of `text`, where an end may have begun. */
  tail: string
  isWhole: boolean
}

export function openSection(): Section {
  return { text: '', tail: '', isWhole: false }
}

/** @param before what counts as the text in front of the section, such as a line break that may be the first half of its end */
export function beginSection(section: Section, before: string): void {
  section.text = before
  section.tail = before
  section.isWhole = false
}

/**
 * Takes bytes from `at` up to the empty line; returns the place behind what was taken.
 * @throws UpstreamError `UPSTREAM_BAD_ANSWER` when it is longer than `bytesMax`
 */
export function readSection(section: Section, bytes: Buffer, at: number, bytesMax: number): number {
  const length = bytes.length - at
  let next = look(section, bytes, at, Math.min(length, firstLookBytes))
  if (next < 0) next = look(section, bytes, at, Math.min(length, bytesMax + emptyLine.length))
  if (next < 0 || section.text.length > bytesMax) {
    throw badAnswer('its head or its trailers are too long')
  }
  return next
}

/** Looks at `length` bytes; -1 when there are more and the end is not among these. */
function look(section: Section, bytes: Buffer, at: number, length: number): number {
  const { text, tail } = section
  const piece = bytes.toString('latin1', at, at + length)
  // Counted from the beginning of the piece: the end may have begun in what came before.
  const end = (tail === '' ? piece : tail + piece).indexOf(emptyLine) - tail.length
  if (end >= -tail.length) {
    section.isWhole = true
    section.text = end >= 0 ? text + piece.slice(0, end + 2) : (text + piece).slice(0, text.length + end + 2)
    return at + end + emptyLine.length
  }
  if (at + length < bytes.length) return -1
  section.text = text + piece
  section.tail = (tail + piece).slice(-3)
  return bytes.length
}
