// Tells what was typed and what was pasted from the characters that a terminal in raw mode sends, however they arrive in pieces.

/** A key that is no character, by its name; or text, which may hold control characters when it was pasted. */
export type Press<Name extends string = PromptKey> = Name | 'enter' | { readonly text: string }

/** What keys mean to a prompt of one line. */
export type PromptKey = 'interrupt' | 'end' | 'erase' | 'clear'

/** Asks a terminal to mark what is pasted: else its line ends look like Enter. xterm's control sequences, "Bracketed Paste Mode". */
export const markPastes = '\u001b[?2004h'
export const leavePastes = '\u001b[?2004l'

const pasteBegins = '\u001b[200~'
const pasteEnds = '\u001b[201~'
/** Control characters and escape sequences with the names of the keys that send them. */
export type KeyNames<Name extends string> = Readonly<Record<string, Name | 'enter'>>

export const promptKeys: KeyNames<PromptKey> = {
  '\u0003': 'interrupt',
  '\u0004': 'end',
  '\r': 'enter',
  '\n': 'enter',
  '\u007f': 'erase',
  '\b': 'erase',
  '\u0015': 'clear',
}
/** Characters that no key is named for, as many as come. */
const plainText = /^[^\0-\x1f\x7f]+/
/** Arrow and function keys: no part of a text, and nothing at all when they have no name. ECMA-48, section 5.4. */
const escapeSequence = /^\u001b(?:\[[0-?]*[ -/]*[@-~]|O[^]|[^[O])/
/** The beginning of a sequence whose rest is still to come. */
const openSequence = /^\u001b(?:\[[0-?]*[ -/]*|O)?$/
/** A longer one is none. */
const sequenceCharactersMax = 32

export interface KeyReader<Name extends string> {
  /** The presses that are complete now. */
  push(characters: string): readonly Press<Name>[]
}

/**
 * A pasted text comes with its line ends, as `\n`. A terminal that does not mark pastes sends them at once: a line end
 * with more behind it was pasted, too, for nobody types that fast.
 */
export function openKeyReader<Name extends string>(names: KeyNames<Name>): KeyReader<Name> {
  let rest = ''
  let isPasting = false

  function next(): Press<Name> | null {
    if (isPasting) return pasted()
    if (rest.startsWith(pasteBegins)) {
      rest = rest.slice(pasteBegins.length)
      isPasting = true
      return pasted()
    }
    if (rest.startsWith('\u001b')) return escaped()
    const [text] = plainText.exec(rest) ?? []
    if (text !== undefined) return taken(text.length, { text })
    const name = names[rest.charAt(0)]
    const isPasted = name === 'enter' && rest.length > 1 && !/^\r?\n$/.test(rest)
    const press = isPasted ? { text: '\n' } : (name ?? { text: rest.charAt(0) })
    return taken(name === 'enter' && rest.startsWith('\r\n') ? 2 : 1, press)
  }

  function taken(length: number, press: Press<Name>): Press<Name> {
    rest = rest.slice(length)
    return press
  }

  function pasted(): Press<Name> | null {
    const end = rest.indexOf(pasteEnds)
    // What may be the beginning of the end mark waits for more.
    const isOpen = end < 0
    const length = isOpen ? rest.length - openMark(rest) : end
    const text = rest.slice(0, length).replace(/\r\n?/g, '\n')
    rest = isOpen ? rest.slice(length) : rest.slice(end + pasteEnds.length)
    isPasting = isOpen
    return text === '' && isOpen ? null : { text }
  }

  function escaped(): Press<Name> | null {
    const [sequence] = escapeSequence.exec(rest) ?? []
    if (sequence === undefined && openSequence.test(rest) && rest.length < sequenceCharactersMax) return null
    return taken(sequence?.length ?? 1, names[sequence ?? ''] ?? { text: '' })
  }

  return {
    push(characters) {
      rest += characters
      const presses: Press<Name>[] = []
      while (rest !== '') {
        const press = next()
        if (press === null) break
        if (typeof press === 'string' || press.text !== '') presses.push(press)
      }
      return presses
    },
  }
}

/** How many characters at the end may begin the mark of a paste's end. */
function openMark(text: string): number {
  for (let length = Math.min(pasteEnds.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(pasteEnds.slice(0, length))) return length
  }
  return 0
}
