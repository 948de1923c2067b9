// Collects a request's body into one buffer, because it may have to be sent again to the next credential.
import type { IncomingMessage } from 'node:http'

export type CollectedBody =
  | { readonly kind: 'body'; readonly body: Buffer }
  | { readonly kind: 'too_large' }
  /** The client left before the end. */
  | { readonly kind: 'gone' }

/** Reads to the end, but keeps no more than `bytesMax`; what is left of a longer body is thrown away as it comes. */
export function collectBody(request: IncomingMessage, bytesMax: number): Promise<CollectedBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes <= bytesMax) {
        chunks.push(chunk)
        return
      }
      request.off('data', onData)
      request.resume()
      resolve({ kind: 'too_large' })
    }
    request.on('data', onData)
    request.once('end', () =>
      resolve({ kind: 'body', body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes) }),
    )
    // Whatever the reason, there is nobody left to tell it to.
    request.once('error', () => resolve({ kind: 'gone' }))
    request.once('close', () => resolve({ kind: 'gone' }))
  })
}
