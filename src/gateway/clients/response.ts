// The answer to a client, however its request was read: Node's own, or that of a plain connection.
import type { ServerResponse } from 'node:http'

/** Functions and not properties: an object with getters costs more to make than all the rest of a request. */
export interface ClientResponse {
  /** `headers` are raw: name, value, name, value …; nothing is added but what frames the message. The reason may be empty. */
  writeHead(status: number, reason: string, headers: string[]): void
  /** False when the client reads more slowly than that. */
  write(chunk: Buffer): boolean
  end(chunk?: Buffer): void
  /** To be called before `end`; left out where the body's length was stated, or the client speaks HTTP/1.0. */
  addTrailers(trailers: readonly [string, string][]): void
  /** For the `date` of an answer that is made here (RFC 9110 section 6.6.1). */
  readonly date: () => string
  /** Cuts the connection. */
  destroy(): void
  /** Closes the connection behind this answer; to be called before its head is written. */
  closeAfter(): void
  hasHead(): boolean
  hasEnded(): boolean
  /** Everything was handed to the system. */
  isFinished(): boolean
  needsDrain(): boolean
  /** Everything was sent, or the client left: called once. */
  onClose(listener: () => void): void
  /** The client has read what waited. One listener, the last one given. */
  onDrain(listener: () => void): void
}

/** Node's answer as one of ours. */
export function nodeResponse(response: ServerResponse, date: () => string): ClientResponse {
  let drained: (() => void) | null = null
  response.sendDate = false
  return {
    writeHead: (status, reason, headers) => void response.writeHead(status, reason, headers),
    write: (chunk) => response.write(chunk),
    end: (chunk) => void response.end(chunk),
    addTrailers(trailers) {
      if (response.chunkedEncoding) response.addTrailers(trailers)
    },
    date,
    destroy: () => void response.destroy(),
    closeAfter: () => void (response.shouldKeepAlive = false),
    hasHead: () => response.headersSent,
    hasEnded: () => response.writableEnded,
    isFinished: () => response.writableFinished,
    needsDrain: () => response.writableNeedDrain,
    onClose: (listener) => void response.on('close', listener),
    onDrain(listener) {
      if (drained === null) response.on('drain', () => drained?.())
      drained = listener
    },
  }
}
