// What is said on stderr, fitted to a terminal.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wrapNote } from '../../src/cli/render/wrap-note.ts'

describe('a note at a terminal', () => {
  it('is broken at spaces, its further lines indented', () => {
    expect(wrapNote('hint: known providers: anthropic, openai, google, mistral, groq', 40)).toBe(
      'hint: known providers: anthropic,\n  openai, google, mistral, groq',
    )
    expect(wrapNote('  hint: mend the named line in it', 20)).toBe('  hint: mend the\n    named line in it')
  })

  it('that fits, or goes to no terminal, is left alone', () => {
    const text = 'note: a  b\n\n  hint: c'
    expect(wrapNote(text, 10)).toBe(text)
    expect(wrapNote('x '.repeat(500), null)).toBe('x '.repeat(500))
  })

  it.each([
    ['hint: unset it there and run: traseai gateway restart', 'traseai gateway restart'],
    ['hint: printf %s "$A_KEY" | traseai env set A_KEY   (or write it)', 'printf %s "$A_KEY" | traseai env set A_KEY'],
    [`hint: traseai rpc audit.log '{"limit": 5, "a": 1}'; so`, `traseai rpc audit.log '{"limit": 5, "a": 1}'`],
    ['hint: as a last resort: kill $(cat /run/x/lock)', 'kill $(cat /run/x/lock)'],
    ['note: for a shell to read: eval "$(traseai shellenv)"', 'eval "$(traseai shellenv)"'],
    ['hint: set gateway.port in /home/somebody/.traseai/traseai.json', '/home/somebody/.traseai/traseai.json'],
  ])('%j keeps %s in one piece', (text, whole) => {
    expect(wrapNote(text, 24).split('\n')).toContainEqual(expect.stringContaining(whole))
  })

  it('says the same words in the same order, each line as wide as the terminal or a single word', () => {
    const words = fc.array(fc.stringMatching(/^[a-z:,;]{1,12}$/), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(words, fc.integer({ min: 5, max: 60 }), (said, width) => {
        const lines = wrapNote(said.join(' '), width).split('\n')
        expect(lines.map((line) => line.trim()).join(' ')).toBe(said.join(' '))
        for (const line of lines) if (line.length > width) expect(line.trim()).not.toContain(' ')
      }),
    )
  })
})
