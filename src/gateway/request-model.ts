// Finds the model a request asks for, without parsing the whole body, and cuts out the credential that `model@profile` pins.
import type { ProfileId } from '../domain/ids.ts'
import { type ProfileOfSuffix, splitModelPin } from '../domain/model-ref.ts'

/** A place in a body: `start` is the opening quote, `end` the byte after the closing one. */
export interface StringRange {
  readonly start: number
  readonly end: number
}

/** Where a request names its model. When what stands there is no string, it begins at `start`, and its end is not looked for. */
export interface ModelPlace extends StringRange {
  readonly isString: boolean
}

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const openBrace = 0x7b
const closeBrace = 0x7d

/**
 * Where the value of the top-level key `"model"` stands in a JSON object; null when it has none. Of several such keys the last counts, as for
 * JSON.parse. Reads each byte once and jumps over strings, so a body of many megabytes of base64 costs next to nothing. Of the beginning
 * of a longer body it is what that beginning says. For a body that is not JSON the answer means nothing, but there is one.
 */
export function findModel(body: Buffer): ModelPlace | null {
  let at = skipSpace(body, 0)
  if (body[at] !== openBrace) return null
  let depth = 0
  let found: ModelPlace | null = null
  for (; at < body.length; at++) {
    const byte = body[at]
    if (byte === quote) {
      const end = endOfString(body, at)
      if (end < 0) return found
      const isKey = depth === 1 && isModelKey(body, at, end)
      at = end - 1
      if (!isKey) continue
      const separator = skipSpace(body, end)
      // A string that no colon follows is a value.
      if (body[separator] !== colon) continue
      const value = skipSpace(body, separator + 1)
      const valueEnd = body[value] === quote ? endOfString(body, value) : -1
      found =
        valueEnd < 0 ? { start: value, end: value, isString: false } : { start: value, end: valueEnd, isString: true }
      at = valueEnd < 0 ? separator : valueEnd - 1
    } else if (byte === openBrace || byte === 0x5b) depth++
    else if (byte === closeBrace || byte === 0x5d) depth--
  }
  return found
}

/** True for what begins as a JSON object does. */
export function isObjectBody(body: Buffer): boolean {
  return body[skipSpace(body, 0)] === openBrace
}

/**
 * The same JSON object with another model: in the place of the one it names, or as its first key when it names none. Takes the body over:
 * a shorter name is written into it, and what stands before moves up, so that a body of many megabytes is not copied.
 */
export function withModel(body: Buffer, place: StringRange | null, model: string): Buffer {
  const literal = JSON.stringify(model)
  if (place === null) {
    const inside = skipSpace(body, 0) + 1
    const isEmpty = body[skipSpace(body, inside)] === closeBrace
    const key = Buffer.from(`"model":${literal}${isEmpty ? '' : ','}`)
    return Buffer.concat([body.subarray(0, inside), key, body.subarray(inside)])
  }
  const { start, end } = place
  const moved = end - start - Buffer.byteLength(literal)
  if (moved < 0) return Buffer.concat([body.subarray(0, start), Buffer.from(literal), body.subarray(end)])
  body.copyWithin(moved, 0, start)
  body.write(literal, start + moved)
  return body.subarray(moved)
}

function skipSpace(body: Buffer, from: number): number {
  let at = from
  while (body[at] === 0x20 || body[at] === 0x0a || body[at] === 0x0d || body[at] === 0x09) at++
  return at
}

/** The byte after the closing quote of the string that opens at `start`; -1 when it does not close. */
function endOfString(body: Buffer, start: number): number {
  let at = start
  for (;;) {
    at = body.indexOf(quote, at + 1)
    if (at < 0) return -1
    let escapes = 0
    while (body[at - 1 - escapes] === backslash) escapes++
    if (escapes % 2 === 0) return at + 1
  }
}

/** The letters of `model`; compared one by one, because a call into the runtime costs more than five bytes. */
const modelKey = [0x6d, 0x6f, 0x64, 0x65, 0x6c] as const

function isModelKey(body: Buffer, start: number, end: number): boolean {
  if (end - start === modelKey.length + 2) return modelKey.every((letter, i) => body[start + 1 + i] === letter)
  // "\u006dodel" is the same key; six characters for each letter at most.
  const mayBeEscaped = end - start <= 2 + 6 * modelKey.length && body.subarray(start, end).includes(backslash)
  return mayBeEscaped && stringAt(body, { start, end }) === 'model'
}

/** The text of a JSON string literal in a body; null when it is none. */
export function stringAt(body: Buffer, range: StringRange): string | null {
  const literal = body.toString('utf8', range.start, range.end)
  if (!literal.includes('\\')) return literal.slice(1, -1)
  try {
    const parsed: unknown = JSON.parse(literal)
    return typeof parsed === 'string' ? parsed : null
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return null // a broken escape: the body is not JSON, and the provider will say so
  }
}

/**
 * Of a model's name, as it is written in a body. Names are kept with cooldowns, quotas and refusals, and clients write what they like: one
 * that is as long as a body, kept a hundred times, would fill the memory.
 */
export const modelBytesMax = 2_048

export interface AskedModel {
  /** Null when the request names none. */
  readonly model: string | null
  readonly pin: ProfileId | null
}

/**
 * The model of a JSON body; of a longer name than `modelBytesMax` its beginning, without a pin. A pin is cut out of the bytes; without one
 * the body is the very same buffer.
 */
export function modelOfBody(body: Buffer, profileOf: ProfileOfSuffix): AskedModel & { readonly body: Buffer } {
  const place = findModel(body)
  if (place !== null && place.end - place.start > modelBytesMax) {
    return { model: body.toString('utf8', place.start + 1, place.start + modelBytesMax), pin: null, body }
  }
  const asked = place === null || !place.isString ? null : stringAt(body, place)
  if (asked === null || asked === '') return { model: null, pin: null, body }
  const { model, profileId } = splitModelPin(asked, profileOf)
  return { model, pin: profileId, body: profileId === null ? body : withModel(body, place, model) }
}

const modelPath = /^(.*\/(?:models|tunedModels)\/)([^/]+)$/

/** The model of a path such as `/v1beta/models/gemini-2.5-pro@work:generateContent`; `path` comes back without the pin. */
export function modelOfPath(path: string, profileOf: ProfileOfSuffix): AskedModel & { readonly path: string } {
  const match = modelPath.exec(path)
  if (match === null) return { model: null, pin: null, path }
  const [, before = '', segment = ''] = match
  const plain = segment.replaceAll(/%40/g, '@').replaceAll(/%3a/gi, ':')
  // A credential's id may hold a colon itself, so all of it is tried before the method is split off.
  const whole = splitModelPin(plain, profileOf)
  if (whole.profileId !== null) return { model: whole.model, pin: whole.profileId, path: before + whole.model }
  const colonAt = plain.lastIndexOf(':')
  if (colonAt <= 0) return { model: plain, pin: null, path }
  const { model, profileId } = splitModelPin(plain.slice(0, colonAt), profileOf)
  return { model, pin: profileId, path: profileId === null ? path : before + model + plain.slice(colonAt) }
}
