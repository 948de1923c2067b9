// What a program showed last, for the message about a sign-in that failed: without keys, codes and addresses.
import type { Secret } from '../vault/secret.ts'
import type { Screen } from './claude-screens.ts'

const rowsMax = 5
const charactersMax = 120
/** Whatever is typed stands behind a prompt. */
const typed = /(\bpaste\b.*?[>:]).*/i
const key = /\bsk-\S*/
const address = /(https?:\/\/[^\s/?]+)\S*/g
/** A piece of a key, a code or a token; no word of a message is as long. */
const longWord = /[\w#+/=*-]{16,}/g
/** Drawings, lines and bars say nothing. */
const hasWords = /\p{L}{2}/u

/**
 * At most 5 rows, the last ones.
 * @param typedCodes what was typed into the program: a terminal may have shown it anywhere
 */
export function lastWords(screen: Screen, typedCodes: readonly Secret[]): readonly string[] {
  const codes = typedCodes.map((code) => code.reveal())
  const rows: string[] = []
  let afterKey = false
  for (const row of screen) {
    // A key that was broken over rows: its end may be too short to look like one.
    if (afterKey && /^\s*\S+$/.test(row)) continue
    afterKey = key.test(row)
    const shown = withoutSecrets(row, codes).trim()
    if (hasWords.test(shown)) rows.push(shown.slice(0, charactersMax))
  }
  return rows.slice(-rowsMax)
}

function withoutSecrets(row: string, codes: readonly string[]): string {
  let text = row
  for (const code of codes) text = text.replaceAll(code, '…')
  return text
    .replace(key, '[key]')
    .replace(typed, '$1 …')
    .replace(address, '$1/…')
    .replace(longWord, '…')
    .replaceAll(/\p{C}/gu, '')
}
