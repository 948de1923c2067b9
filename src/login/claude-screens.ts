// What `claude setup-token` shows, as a table: how each of its screens is recognised, and what is read from it.

/** The screen of a terminal, one string a row, without the blanks at its end. */
export type Screen = readonly string[]

export type ClaudeScreen =
  /** Asks for the code that the page at `url` gives. */
  | { readonly kind: 'prompt'; readonly url: string }
  /** Did not take a code; goes on when Enter is pressed. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** `complete` when what follows the token stands below it, so that no more of it can come. */
  | { readonly kind: 'token'; readonly token: string; readonly complete: boolean }
  /** Nothing that says how to go on: a spinner, a half-drawn screen, or one nobody has seen before. */
  | { readonly kind: 'other' }

/** Seen with Claude Code 2.1. Words are matched without regard to how blanks were drawn. */
const patterns = {
  address: /https:\/\/\S+/,
  prompt: /^\s*Paste code here/i,
  refused: /^\s*OAuth error:\s*(?<reason>.*)/i,
  retry: /Press Enter to retry/i,
  token: /sk-ant-oat\d\d-\S*/,
  // Drawn below the token, and so after it. Anything else below it may be left over from the screen before.
  afterToken: /Store this token|Use this token/i,
} as const

/** All that an address or a token may hold. A row of nothing else goes on with one that was cut at the edge. */
const continuation = /^\s*[\w\-.~:/?#[\]@!$&'()*+,;=%]+$/
/** What was read is what was looked for, and no piece of it. */
const shapes = {
  address: /^https:\/\/[\w.-]+\/\S*oauth\/authorize\?\S+$/,
  token: /^sk-ant-oat\d\d-[\w-]{24,}$/,
} as const
const rowsOfOneWordMax = 20
const reasonCharactersMax = 200

/** The order matters: a token may stand below what is left of an earlier screen. */
const readers: readonly ((screen: Screen) => ClaudeScreen | null)[] = [readToken, readRefusal, readPrompt]

export function readClaudeScreen(screen: Screen): ClaudeScreen {
  for (const read of readers) {
    const found = read(screen)
    if (found) return found
  }
  return { kind: 'other' }
}

/** Only a screen with both is one: the address is drawn first, and may not be whole before the prompt is there. */
function readPrompt(screen: Screen): ClaudeScreen | null {
  const address = wordAt(screen, 'address')
  const prompt = screen.findIndex((row) => patterns.prompt.test(row))
  return address && prompt > address.lastRow ? { kind: 'prompt', url: address.text } : null
}

function readRefusal(screen: Screen): ClaudeScreen | null {
  const retry = screen.findIndex((row) => patterns.retry.test(row))
  if (retry < 0) return null
  const first = screen.findIndex((row) => patterns.refused.test(row))
  // A narrow terminal breaks the reason over rows; a blank one ends it.
  const rows = first < 0 || first > retry ? [] : screen.slice(first, retry)
  const end = rows.findIndex((row) => row.trim() === '')
  const text = (end < 0 ? rows : rows.slice(0, end)).map((row) => row.trim()).join(' ')
  const reason = patterns.refused.exec(text)?.groups?.['reason'] ?? ''
  return { kind: 'refused', reason: reason.slice(0, reasonCharactersMax) }
}

function readToken(screen: Screen): ClaudeScreen | null {
  const token = wordAt(screen, 'token')
  if (!token) return null
  const complete = screen.slice(token.lastRow + 1).some((row) => patterns.afterToken.test(row))
  return { kind: 'token', token: token.text, complete }
}

interface Word {
  readonly text: string
  readonly lastRow: number
}

/** The first address or token of the screen, as one word. */
function wordAt(screen: Screen, what: keyof typeof shapes): Word | null {
  for (const [index, row] of screen.entries()) {
    const found = patterns[what].exec(row)?.[0]
    const word = found === undefined ? null : joined(screen, index, found)
    if (word && shapes[what].test(word.text)) return word
  }
  return null
}

/**
 * A word with the rows it was broken over: those that follow and hold one word each. All but the last of its rows must
 * end in the same column, which is the edge they were broken at.
 */
function joined(screen: Screen, index: number, found: string): Word {
  const edge = screen[index]?.length ?? 0
  let [text, lastRow] = [found, index]
  if (!screen[index]?.endsWith(found)) return { text, lastRow }
  for (const row of screen.slice(index + 1, index + rowsOfOneWordMax)) {
    if (!continuation.test(row) || row.length > edge) break
    text += row.trim()
    lastRow += 1
    if (row.length < edge) break
  }
  return { text, lastRow }
}
