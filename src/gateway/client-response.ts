// What the gateway needs of the answer to a client: Node's ServerResponse is one, and so is that of a plain connection.

export interface ClientResponse {
  /** False closes the connection behind this answer. */
  shouldKeepAlive: boolean
  /** False leaves the `date` to the headers given. */
  sendDate: boolean
  readonly headersSent: boolean
  readonly writableEnded: boolean
  /** Everything was handed to the system. */
  readonly writableFinished: boolean
  readonly writableNeedDrain: boolean
  /** `headers` are raw: name, value, name, value …; the reason may be empty. */
  writeHead(status: number, reason: string, headers: string[]): unknown
  /** False when the client reads more slowly than that. */
  write(chunk: Buffer): boolean
  end(chunk?: Buffer | string): unknown
  /** Of a body without a stated length; to be called before `end`. */
  addTrailers(trailers: readonly (readonly [string, string])[]): void
  /** Cuts the connection. */
  destroy(): unknown
  /** `close`: everything was sent, or the client left. `drain`: it has read what waited. */
  on(event: 'close' | 'drain', listener: () => void): unknown
}
