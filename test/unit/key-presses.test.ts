// A prompt at a terminal gets characters in pieces: what was typed, what was pasted, and keys that mean something.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openKeyReader, promptKeys, type Press } from '../../src/cli/key-presses.ts'

const press = (...chunks: string[]): readonly Press[] => {
  const reader = openKeyReader(promptKeys)
  return chunks.flatMap((chunk) => reader.push(chunk))
}
const textOf = (presses: readonly Press[]): string =>
  presses.map((each) => (typeof each === 'string' ? `<${each}>` : each.text)).join('')

describe('the keys of a terminal', () => {
  it.each([
    ['ab\r', 'ab<enter>'],
    ['ab\n', 'ab<enter>'],
    ['ab\r\n', 'ab<enter>'],
    ['a\u007fb\u0015', 'a<erase>b<clear>'],
    ['a\u0003', 'a<interrupt>'],
    ['\u0004', '<end>'],
    ['a\u001b[Db\u001bOPc\u001b[15;2~d\u001bxe', 'abcde'],
    ['\u001b[200~one\rtwo\r\u001b[201~\r', 'one\ntwo\n<enter>'],
    ['\u001b[200~one\r\ntwo\u0003\u001b[D\u001b[201~\r', 'one\ntwo\u0003\u001b[D<enter>'],
  ])('%j means %j', (characters, meaning) => {
    expect(textOf(press(characters))).toBe(meaning)
  })

  it('mean the same when a sequence comes in pieces', () => {
    const characters = 'x\u001b[200~sk-\r ant\u001b[201~\u001b[Dy\u007f\u0015z'
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 40 }), (lengths) => {
        const chunks: string[] = []
        let rest = characters
        for (const length of lengths) {
          chunks.push(rest.slice(0, length))
          rest = rest.slice(length)
        }
        expect(textOf(press(...chunks, rest))).toBe(textOf(press(characters)))
      }),
    )
  })

  it('a line end with more behind it was pasted into a terminal that does not mark pastes', () => {
    expect(textOf(press('sk-ant-\roat01', '\r'))).toBe('sk-ant-\noat01<enter>')
  })
})
