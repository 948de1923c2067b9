// "Did you mean …?": the known name that a mistyped one most likely stands for.
import { distance } from 'fastest-levenshtein'

/** Longer words are not compared: nobody types them by hand, and the cost grows with the length squared. */
const wordCharactersMax = 200
/** A fragment shorter than this is part of too many names to say anything. */
const fragmentCharactersMin = 3

/**
 * The known name nearest to `word`: at most two letters off (one in a word of up to three), whatever the case; else the
 * only one that contains it, so that `work` finds `anthropic:work`. Of equally near ones the first. Undefined when
 * nothing is near, and for a word that is known as it is.
 */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  const names = [...known]
  if (word === '' || word.length > wordCharactersMax || names.includes(word)) return undefined
  const wanted = word.toLowerCase()
  return nearest(wanted, names) ?? onlyOneWith(wanted, names)
}

/** A hint for a name that nobody knows: `did you mean …?` when one is near, else `otherwise`. */
export function suggestionOr(word: string, known: Iterable<string>, otherwise: string): string {
  const near = suggest(word, known)
  return near === undefined ? otherwise : `did you mean ${near}?`
}

function nearest(wanted: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let bestEdits = wanted.length <= 3 ? 1 : 2
  for (const name of names) {
    if (Math.abs(name.length - wanted.length) > bestEdits) continue
    const edits = distance(wanted, name.toLowerCase())
    // As many edits as letters: another word altogether.
    if (edits >= wanted.length || edits > bestEdits || (edits === bestEdits && best !== undefined)) continue
    best = name
    bestEdits = edits
  }
  return best
}

function onlyOneWith(fragment: string, names: readonly string[]): string | undefined {
  if (fragment.length < fragmentCharactersMin) return undefined
  const holders = names.filter((name) => name.toLowerCase().includes(fragment))
  // All of an id but its provider: `OPENAI_API_KEY` means `openai:OPENAI_API_KEY`, whatever `openai:OPENAI_API_KEY_2` contains.
  const ends = holders.filter((name) => name.toLowerCase().endsWith(`:${fragment}`))
  return ends.length === 1 ? ends[0] : holders.length === 1 ? holders[0] : undefined
}
