// Takes off what surrounds a key where it was copied: quotes, `export NAME=`, `Bearer`, and characters nobody sees.

export interface UnwrappedText {
  /** What is left; may still hold white space inside. */
  readonly text: string
  /** The names that it was assigned to. */
  readonly names: readonly string[]
}

/** Zero-width spaces and joiners, marks of direction, soft hyphens and byte order marks, which web pages and mails put in. */
const invisible = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g
/** `export X_Y=…`, `X_Y=…`, `set X_Y=…`, `$env:X_Y = …`, `X_Y: …`: capitals with an underscore, so that no key looks like a name. */
const assignment = /^(?:export\s+|set\s+|\$env:|-\s+)?["']?([A-Z][A-Z0-9]*_[A-Z0-9_]+)["']?\s*[:=]\s*(?=\S)/
/** `"apiKey": …` of JSON. */
const member = /^\{?\s*["']([A-Za-z][\w.-]*)["']\s*:\s*(?=\S)/
const header = /^(?:["']?(?:authorization|x-api-key|x-goog-api-key)["']?\s*:\s*)?(?:bearer\s+)?/i
const quotes: Readonly<Record<string, string>> = { '"': '"', "'": "'", '`': '`', '“': '”', '‘': '’', '«': '»' }
/** A quoted assignment in a quoted assignment is more than anybody has seen. */
const layersMax = 6

/** Takes off one layer after the other until nothing changes. */
export function unwrapPasted(pasted: string): UnwrappedText {
  const names: string[] = []
  let text = pasted.replace(invisible, '').trim()
  for (let layer = 0; layer < layersMax; layer += 1) {
    const before = text
    const [whole = '', name] = assignment.exec(text) ?? member.exec(text) ?? []
    if (name !== undefined) names.push(name)
    const value = name === undefined ? text : text.slice(whole.length).replace(/[,;}\s]+$/, '')
    text = withoutQuotes(value).replace(header, '').trim()
    if (text === before) break
  }
  return { text, names }
}

/** A pair of quotes around all of it, with the comma or semicolon that JSON and shells put behind. */
function withoutQuotes(text: string): string {
  const inner = text.replace(/(["'`”’»])\s*[,;]$/, '$1')
  const closing = quotes[inner.charAt(0)]
  const isQuoted = inner.length >= 2 && closing !== undefined && inner.endsWith(closing)
  return (isQuoted ? inner.slice(1, -1) : inner).trim()
}
