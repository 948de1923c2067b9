// A streamed body whose beginning was changed, because the model's name stands in it.
import type { StreamedBody } from './request-body.ts'

/** The same body with another beginning in the place of what was collected; its length follows. */
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
