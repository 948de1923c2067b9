// Tidying .env loses nothing: every variable keeps its value, but for white space around keys.
import { parse } from 'dotenv'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tidyEnvText } from '../../src/sources/env-file-tidy.ts'
import { envText } from '../support/env-text.ts'

const isKey = (name: string): boolean => name.includes('KEY')
const tidy = (text: string): string => tidyEnvText(text, { duplicates: true, blanksOf: isKey })

describe('tidying', () => {
  it('keeps every variable and its value, whatever the text', () => {
    fc.assert(
      fc.property(envText, (text) => {
        const [before, after] = [parse(text), parse(tidy(text))]
        const wanted = Object.entries(before).map(([name, value]) => [name, isKey(name) ? value.trim() : value])
        if (tidy(text) !== text) expect(after).toEqual(Object.fromEntries(wanted))
      }),
    )
  })

  it('done twice is the same as once', () => {
    fc.assert(
      fc.property(envText, (text) => {
        expect(tidy(tidy(text))).toBe(tidy(text))
      }),
    )
  })

  it.each([
    ['A_KEY=1 \n', 'A_KEY=1\n'],
    ['A_KEY=" 1\t"\n', 'A_KEY="1"\n'],
    ['A_KEY=1 # mine\n', 'A_KEY=1 # mine\n'],
    ['A_KEY=" "\n', 'A_KEY=" "\n'],
    ['A=" 1 "\n', 'A=" 1 "\n'],
    ['A=1\nB=2\nA=1\n', 'B=2\nA=1\n'],
    ['A=1\nA=2\nA=1\n', 'A=2\nA=1\n'],
    ['A=1\nA="1"', 'A="1"'],
    ['\ufeffA=1\nA=2\n', '\ufeffA=1\nA=2\n'],
  ])('makes %j to %j', (text, tidied) => {
    expect(tidy(text)).toBe(tidied)
  })
})
