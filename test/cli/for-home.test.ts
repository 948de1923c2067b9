// The commands in remarks and hints, for somebody who named a home on the command line.
import { describe, expect, it } from 'vitest'
import { forHome } from '../../src/cli/render/for-home.ts'

describe('a command in a hint', () => {
  it('is left alone when no home was named', () => {
    expect(forHome('start it: traseai gateway start', undefined)).toBe('start it: traseai gateway start')
  })

  it('is about the home that was named', () => {
    expect(forHome('see more: traseai gateway logs; then: traseai gateway start', '/var/lib/traseai')).toBe(
      'see more: traseai --home /var/lib/traseai gateway logs; then: traseai --home /var/lib/traseai gateway start',
    )
  })

  it('can be typed when the home has blanks and quotes in its name', () => {
    expect(forHome('traseai doctor', "/a b/it's$&")).toBe("traseai --home '/a b/it'\\''s$&' doctor")
  })

  it('keeps a home of its own', () => {
    const hint = 'sudo traseai models status --home /var/lib/traseai; traseai --home /b gateway status'
    expect(forHome(hint, '/c')).toBe(hint)
  })

  it('is not seen in paths, file names and messages', () => {
    const text = 'traseai: /var/lib/traseai /x/traseai.json traseai.service is not there'
    expect(forHome(text, '/c')).toBe(text)
  })
})
