// Reads server-sent events out of a byte stream, however it is cut into pieces.
import { StringDecoder } from 'node:string_decoder'
import { openEventTextReader, type ServerSentEvent } from '../domain/server-sent-events.ts'

/** Takes pieces in order and gives back the events that each of them completes. Its memory is what it was given since the last event. */
export function openEventReader(): (chunk: Buffer) => ServerSentEvent[] {
  const decoder = new StringDecoder('utf8')
  const read = openEventTextReader()
  return (chunk) => read(decoder.write(chunk))
}
