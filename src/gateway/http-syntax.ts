// What HTTP/1.1 allows in the lines of a message's head, as sources of regular expressions, and the white space around a value.

/** Of the name of a field: a token, RFC 9110 section 5.6.2. */
export const nameCharacter = "[!#$%&'*+.^_`|~\\w-]"
/** Of its value, latin1, with the white space around it, RFC 9110 section 5.5. */
export const valueCharacter = '[\\t -~\\u0080-\\u00ff]'
/** Not folded, and with its CRLF. */
export const fieldLine = `${nameCharacter}+:${valueCharacter}*\\r\\n`

/**
 * Looks up the name of a field in whatever case it was sent. Names of other lengths than those of the table, which is most of them, cost no
 * more than a look at their length.
 */
export function byName<T>(entries: Iterable<readonly [string, T]>): (name: string) => T | undefined {
  const table = new Map(entries)
  const isLength: boolean[] = []
  for (const name of table.keys()) isLength[name.length] = true
  return (name) => (isLength[name.length] === true ? table.get(name.toLowerCase()) : undefined)
}

/** Space or tab; a character or a byte. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/**
 * From `start` to `end` without the white space around it, RFC 9112 section 5.
 * Not trim(): that also takes bytes that belong to the value, such as 0xa0.
 */
export function trimmed(text: string, start: number, end: number): string {
  let [from, to] = [start, end]
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}
