// What is answered to a client whose message Node's parser does not hand out as a request: broken HTTP, CONNECT, an unknown expectation.
import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { errnoOf } from '../../errors.ts'
import { type Refusal, refusal, refusalResponse } from '../gateway-errors.ts'
import { writeRefusal } from '../own-answers.ts'
import type { ClientConnections } from './connections.ts'
import { nodeResponse } from './response.ts'

export interface ParserLimits {
  readonly headerBytesMax: number
  readonly headersTimeoutMs: number
}

/** Listens for everything that would otherwise get Node's answers without a body. */
export function answerBrokenMessages(
  server: Server,
  connections: ClientConnections,
  limits: ParserLimits,
  date: () => string,
): void {
  const known: Readonly<Record<string, Refusal>> = {
    HPE_HEADER_OVERFLOW: refusal(
      'headers_too_large',
      `the request line and headers are longer than ${limits.headerBytesMax} bytes`,
    ),
    ERR_HTTP_REQUEST_TIMEOUT: refusal(
      'request_timeout',
      `the request's headers did not come within ${limits.headersTimeoutMs / 1_000} s`,
    ),
  }
  server.on('clientError', (error: Error, stream: Duplex) => {
    const socket = stream as Socket // the server's connections are TCP sockets
    const code = errnoOf(error) ?? ''
    const turn = connections.current(socket)
    // The parser had something to say, the client is still there, and nobody has begun to answer it.
    const mayAnswer = /^(?:HPE|ERR_HTTP)_/.test(code) && socket.writable && turn?.response.hasHead() !== true
    // What is broken came behind a request that is being served: that one gets its answer first.
    if (mayAnswer && turn !== null && turn.upload?.complete !== false) return connections.end(socket)
    if (mayAnswer) socket.write(refusalMessage(known[code] ?? notHttp(error)))
    socket.destroySoon()
  })
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    response.shouldKeepAlive = false // whether the body follows is not known
    writeRefusal(
      nodeResponse(response, date),
      refusal('expectation_failed', 'an expect header other than 100-continue is not understood'),
    )
  })
  server.on('connect', (_request: IncomingMessage, stream: Duplex) => {
    const socket = stream as Socket
    socket.on('error', () => socket.destroy())
    socket.write(refusalMessage(noTunnels))
    socket.destroySoon()
  })
}

/** Nobody sends more than a few dozen. */
const headersMax = 500

/** What Node's parser lets through, and others read in another way or cut off. */
export function refuseMessage({ rawHeaders, headers, httpVersion }: IncomingMessage): Refusal | null {
  if (rawHeaders.length > 2 * headersMax) {
    return refusal('headers_too_large', `the request has more than ${headersMax} headers`)
  }
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    return refusal('bad_request', `HTTP/${httpVersion} is not understood`, 'send HTTP/1.1')
  }
  // RFC 9112 section 6.1: whoever speaks HTTP/1.0 in between has not understood where this body ends.
  if (httpVersion !== '1.1' && headers['transfer-encoding'] !== undefined) {
    return refusal('bad_request', 'a transfer-encoding in HTTP/1.0 is not understood')
  }
  return null
}

const noTunnels = refusal(
  'bad_request',
  'CONNECT is not understood: the gateway is no proxy for other addresses',
  'set it as the base URL of the SDK, not as its proxy',
)

function notHttp(error: Error & { readonly reason?: unknown }): Refusal {
  // One of the parser's own sentences; it holds nothing of what was sent.
  const why = typeof error.reason === 'string' ? `: ${error.reason}` : ''
  return refusal('bad_request', `what was sent is not valid HTTP/1.1${why}`)
}

/** The whole answer to what is no request, or none that Node has an answer object for. */
function refusalMessage(refused: Refusal): Buffer {
  const { status, headers, body } = refusalResponse('openai', refused)
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
  for (let i = 0; i + 1 < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`
  return Buffer.concat([Buffer.from(`${head}connection: close\r\n\r\n`), body])
}
