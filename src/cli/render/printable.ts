// Makes text from elsewhere safe for a terminal: a log line or a program's name must not move the cursor or set colours.

// Control characters but tab and newline, and the marks that change the direction of text.
const unsafe = /(?![\t\n])\p{Cc}|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** The text with control characters written as `\x1b`. */
export function printable(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.charCodeAt(0)
    return code > 0xff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\x${code.toString(16).padStart(2, '0')}`
  })
}

/** The same on one line. */
export function printableLine(text: string): string {
  return printable(text.replace(/\s*\n\s*/g, ' '))
}
