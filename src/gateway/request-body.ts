// Collects a request's body into one buffer, because it may have to be sent again to the next credential; a longer one flows once.
import type { IncomingMessage } from 'node:http'

export type CollectedBody =
  | { readonly kind: 'body'; readonly body: Buffer }
  /** Longer than what is kept: `body` goes on with what was collected. */
  | { readonly kind: 'longer'; readonly body: StreamedBody }
  /** The client left before the end. */
  | { readonly kind: 'gone' }

/** A body that is not kept: it can be sent once. */
export interface StreamedBody {
  /** Bytes, as the client stated them; null when it did not. */
  readonly length: number | null
  /** The beginning, for those who look for a model's name in it. */
  readonly start: Buffer
  /** Whether it was sent, or is being sent: it cannot be sent again. */
  isTaken(): boolean
  /** Sends the beginning at once and the rest as it comes, as fast as the sink takes it. */
  sendTo(sink: BodySink): BodySource
  /** Nobody sends it: reads the rest and throws it away, so that the client can read its answer. */
  discard(): void
}

export interface BodySink {
  /** False when it wants no more until `resume` is called. */
  write(piece: Buffer): boolean
  end(): void
}

export interface BodySource {
  resume(): void
  /** What is still to come is read and thrown away, so that the client can read its answer. */
  stop(): void
}

/** Reads to the end, or until more than `bytesMax` are there; `length` is what the client stated. */
export function collectBody(
  request: IncomingMessage,
  bytesMax: number,
  length: number | null = null,
): Promise<CollectedBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const whole = (): Buffer => (chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes))
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length
      chunks.push(chunk)
      if (bytes <= bytesMax) return
      request.off('data', onData)
      request.off('end', onEnd)
      request.pause()
      resolve({ kind: 'longer', body: streamedBody(request, whole(), length) })
    }
    const onEnd = (): void => resolve({ kind: 'body', body: whole() })
    request.on('data', onData)
    request.once('end', onEnd)
    // Whatever the reason, there is nobody left to tell it to.
    request.once('error', () => resolve({ kind: 'gone' }))
    request.once('close', () => resolve({ kind: 'gone' }))
  })
}

/** @param start what was read of the request, which is paused */
function streamedBody(request: IncomingMessage, start: Buffer, length: number | null): StreamedBody {
  let isTaken = false
  return {
    length,
    start,
    isTaken: () => isTaken,
    discard() {
      if (!isTaken) request.resume()
    },
    sendTo(sink) {
      if (isTaken) throw new Error('a streamed body was to be sent twice')
      isTaken = true
      const onData = (piece: Buffer): void => {
        if (!sink.write(piece)) request.pause()
      }
      const onEnd = (): void => sink.end()
      request.on('data', onData)
      request.once('end', onEnd)
      if (sink.write(start)) request.resume()
      return {
        resume: () => void request.resume(),
        stop() {
          request.off('data', onData)
          request.off('end', onEnd)
          request.resume()
        },
      }
    },
  }
}

/** The same body with another beginning in the place of what was collected, because a model's name stands in it; its length follows. */
export function withStart(body: StreamedBody, start: Buffer): StreamedBody {
  return {
    ...body,
    start,
    length: body.length === null ? null : body.length - body.start.length + start.length,
    sendTo(sink) {
      let isFirst = true
      return body.sendTo({
        write(piece) {
          const rewritten = isFirst ? start : piece
          isFirst = false
          return sink.write(rewritten)
        },
        end: () => sink.end(),
      })
    },
  }
}
