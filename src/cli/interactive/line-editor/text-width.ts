// How many columns of a terminal a text takes, by what people see as one character.

/** Two columns: East Asian wide and fullwidth characters. unicode.org/reports/tr11, in ranges that later versions only fill up. */
const wide =
  /[\u1100-\u115f\u231a\u231b\u23e9-\u23ec\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]/u
const emoji = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|[#*0-9]\ufe0f?\u20e3/u
/** Nothing of its own: marks that go on top of a character, and invisible ones. */
const invisible = /^[\p{Mn}\p{Me}\p{Cf}\u115f\u1160]+$/u
const ascii = /^[ -~]*$/

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** The characters as people see them: a letter with its accents, an emoji of several. Never a lone half of a pair. */
export function charactersOf(text: string): string[] {
  return ascii.test(text) ? text.split('') : Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** Columns of one character of `charactersOf`. */
export function characterWidth(character: string): 0 | 1 | 2 {
  if (ascii.test(character)) return 1
  if (wide.test(character) || emoji.test(character)) return 2
  return invisible.test(character) ? 0 : 1
}

/** Columns of a text on one line. */
export function textWidth(text: string): number {
  if (ascii.test(text)) return text.length
  return charactersOf(text).reduce((sum, character) => sum + characterWidth(character), 0)
}

/** As much of the beginning of a text as fits. */
export function cutToWidth(text: string, columns: number): string {
  let width = 0
  let cut = ''
  for (const character of charactersOf(text)) {
    width += characterWidth(character)
    if (width > columns) break
    cut += character
  }
  return cut
}
