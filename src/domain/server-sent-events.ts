// Reads server-sent events out of a text, however it is cut into pieces (https://html.spec.whatwg.org/multipage/server-sent-events.html).

export interface ServerSentEvent {
  /** Empty when the event has none. */
  readonly name: string
  readonly data: string
}

/** Takes pieces in order and gives back the events that each of them completes. Its memory is what it was given since the last event. */
export function openEventTextReader(): (text: string) => ServerSentEvent[] {
  let rest = ''
  /** Up to here `rest` holds no line end, so that a long line is looked at once, however small its pieces. */
  let scanned = 0
  let isFirst = true
  let name = ''
  let data: string[] = []

  function takeLine(line: string, events: ServerSentEvent[]): void {
    if (line === '') {
      if (data.length > 0) events.push({ name, data: data.join('\n') })
      name = ''
      data = []
      return
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'data') data.push(value)
    else if (field === 'event') name = value
  }

  return (text) => {
    rest += text
    if (isFirst && rest.length > 0) {
      isFirst = false
      if (rest.startsWith('\uFEFF')) rest = rest.slice(1)
    }
    const events: ServerSentEvent[] = []
    let from = 0
    let at = scanned
    for (; at < rest.length; at++) {
      const character = rest[at]
      if (character !== '\n' && character !== '\r') continue
      // A return at the very end may be the first half of a line break: it waits for the next piece.
      if (character === '\r' && at + 1 === rest.length) break
      takeLine(rest.slice(from, at), events)
      if (character === '\r' && rest[at + 1] === '\n') at++
      from = at + 1
    }
    rest = rest.slice(from)
    scanned = at - from
    return events
  }
}
