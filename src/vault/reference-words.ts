// Splits the command of an `exec:` reference into its words: at spaces, with quotes around those that hold some.
import { TraseError } from '../errors.ts'

/** More is a script, which should be one. */
const wordsMax = 64

/**
 * Words are parted by spaces. What stands between two `"` or two `'` is taken as it is, spaces included, and may be a
 * part of a word. Nothing else has a meaning: no escapes, no variables, no patterns, for there is no shell.
 * @throws TraseError `usage` for a quote that is not closed, and for more than `wordsMax` words
 */
export function splitCommand(text: string): string[] {
  const words: string[] = []
  for (const match of text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*'|["'])+/g)) {
    const [word] = match
    const unquoted = word.replaceAll(
      /"([^"]*)"|'([^']*)'/g,
      (_, double?: string, single?: string) => double ?? single ?? '',
    )
    if (isOpen(word)) {
      throw new TraseError('usage', 'a quote in the reference is not closed', {
        hint: `a word with a space in it stands between two quotes: exec:/usr/bin/pass show "my key"`,
      })
    }
    words.push(unquoted)
  }
  if (words.length > wordsMax) throw new TraseError('usage', `a reference of more than ${wordsMax} words`)
  return words
}

function isOpen(word: string): boolean {
  return /["']/.test(word.replaceAll(/"[^"]*"|'[^']*'/g, ''))
}
