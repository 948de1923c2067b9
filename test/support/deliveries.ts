// How an answer comes over the network: in one piece or many, compressed, with pauses, or cut off.
import type { ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { modelAnswer } from './model-answers.ts'
import type { Behaviour, ReceivedRequest } from './provider-behaviour.ts'

export interface Delivery {
  readonly coding?: 'gzip' | 'br'
  /** Before any coding. */
  readonly lineEnd?: '\r\n'
  /** Where the bytes are cut in two. */
  readonly cutsBefore?: (byte: number, i: number, bytes: Buffer) => boolean
  /** Whether the stated length is left out. */
  readonly lengthless?: boolean
}

export const deliveries = {
  'in one piece': {},
  'without a stated length': { lengthless: true },
  'in pieces of one byte': { cutsBefore: () => true },
  'with its characters cut in two': { cutsBefore: (byte) => (byte & 0xc0) === 0x80 },
  'with its events and lines cut in two': {
    cutsBefore: (_byte, i, bytes) => bytes[i - 1] === 10 || bytes[i - 3] === 10,
  },
  'with lines that end in CRLF, in pieces of one byte': { lineEnd: '\r\n', cutsBefore: () => true },
  'compressed with gzip': { coding: 'gzip' },
  'compressed with gzip, in pieces of one byte': { coding: 'gzip', cutsBefore: () => true },
  'compressed with br': { coding: 'br' },
  'compressed with br, in pieces of one byte': { coding: 'br', cutsBefore: () => true },
} as const satisfies Readonly<Record<string, Delivery>>

/** A text, or a call of a tool when the request offers some, as events when it asks for them. */
export function answerModel(delivery: Delivery = {}): Behaviour {
  return (request, response) => {
    const { json, preamble, content } = modelAnswer(request.dialect, wanted(request))
    const text = request.wantsStream ? [...preamble, ...content].join('') : JSON.stringify(json)
    void send(response, request.wantsStream ? 'text/event-stream' : 'application/json', text, delivery)
  }
}

const wanted = ({ body }: ReceivedRequest): 'text' | 'tool' => (body.includes('"tools"') ? 'tool' : 'text')

const coders = { gzip: gzipSync, br: brotliCompressSync }

async function send(response: ServerResponse, type: string, text: string, delivery: Delivery): Promise<void> {
  const { coding, lineEnd, cutsBefore, lengthless } = delivery
  const plain = Buffer.from(lineEnd === undefined ? text : text.replaceAll('\n', lineEnd))
  const bytes = coding === undefined ? plain : coders[coding](plain)
  response.writeHead(200, {
    'content-type': type,
    ...(coding === undefined ? {} : { 'content-encoding': coding }),
    ...(type === 'application/json' && lengthless !== true ? { 'content-length': bytes.length } : {}),
  })
  let from = 0
  for (let i = 1; i < bytes.length; i++) {
    if (cutsBefore?.(bytes[i] ?? 0, i, bytes) !== true) continue
    response.write(bytes.subarray(from, i))
    from = i
    await nextTurn() // else the system would put the pieces together again
  }
  response.end(bytes.subarray(from))
}

/** Where a stream stops for a while, or for ever. */
export type Place = 'before the head' | 'behind the head' | 'before the content' | 'within the content'

export interface Halted {
  /** Resolves when the stream has come to the place; may be asked again. */
  reached(): Promise<void>
  /** Goes on to the end. */
  goOn(): void
  /** Resets the connection. */
  reset(): void
  /** Resolves when the other end has cancelled the request. */
  readonly cancelled: Promise<void>
}

/** A stream (a JSON answer behaves like content) that stops at a place until it is told how to go on. */
export function answerHalting(place: Place): { readonly behaviour: Behaviour; readonly halted: Halted } {
  let reach: (response: ServerResponse) => void = () => undefined
  let cancel: () => void = () => undefined
  const reached = new Promise<ServerResponse>((resolve) => (reach = resolve))
  const cancelled = new Promise<void>((resolve) => (cancel = resolve))
  let rest = ''
  const behaviour: Behaviour = (request, response) => {
    const [before, first, last] = partsOf(request)
    const shown = {
      'before the head': '',
      'behind the head': '',
      'before the content': before,
      'within the content': before + first,
    }
    const sent = shown[place]
    rest = (before + first + last).slice(sent.length)
    response.on('close', () => {
      if (!response.writableFinished) cancel()
    })
    response.writeHead(200, { 'content-type': request.wantsStream ? 'text/event-stream' : 'application/json' })
    if (place !== 'before the head') response.flushHeaders()
    if (sent !== '') response.write(sent)
    reach(response)
  }
  return {
    behaviour,
    halted: {
      reached: async () => void (await reached),
      goOn: () => void reached.then((response) => response.end(rest)),
      reset: () => void reached.then((response) => response.socket?.resetAndDestroy()),
      cancelled,
    },
  }
}

/** What comes before content, the beginning of the content, and the rest. */
function partsOf(request: ReceivedRequest): readonly [before: string, first: string, last: string] {
  const { json, preamble, content } = modelAnswer(request.dialect, wanted(request))
  // The first event of Anthropic's content holds no text yet.
  if (request.wantsStream) return [preamble.join(''), content.slice(0, 2).join(''), content.slice(2).join('')]
  const text = JSON.stringify(json)
  return ['', text.slice(0, text.length / 2), text.slice(text.length / 2)]
}
