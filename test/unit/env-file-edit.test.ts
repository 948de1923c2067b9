import { parse } from 'dotenv'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TraseError } from '../../src/errors.ts'
import { setVariable, unsetVariable } from '../../src/sources/env-edit.ts'
import { envName, envText, hostileText, tameEnvText } from '../support/env-text.ts'

const anyValue = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), hostileText, fc.stringMatching(/^[!-~]{1,60}$/))

function refusalOf(edit: () => string): { readonly text?: string; readonly code?: string } {
  try {
    return { text: edit() }
  } catch (error) {
    if (error instanceof TraseError) return { code: error.code }
    throw error
  }
}

describe('setting a variable', () => {
  it('reads back as exactly this value and changes no other, for any value and any file', () => {
    fc.assert(
      fc.property(envText, envName, anyValue, (file, name, value) => {
        const { text, code } = refusalOf(() => setVariable(file, name, value))
        if (text === undefined) expect(['value_refused', 'env_file_invalid']).toContain(code)
        else expect(parse(text)).toEqual({ ...parse(file), [name]: value })
      }),
      { numRuns: 2_000 },
    )
  })

  it('is never refused for a key and a file that a person wrote', () => {
    fc.assert(
      fc.property(
        tameEnvText,
        envName,
        fc.stringMatching(/^[!-~]{1,60}$/).filter((value) => !/['"`]/.test(value)),
        (file, name, value) => {
          expect(parse(setVariable(file, name, value))[name]).toBe(value)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('leaves every other line as it is, for any file that a person wrote', () => {
    fc.assert(
      fc.property(tameEnvText, (file) => {
        const edited = setVariable(file, 'NEW_API_KEY', 'sk-test')
        expect(edited.startsWith(file)).toBe(true)
        expect(edited.slice(file.length)).toMatch(/^(\r?\n)?NEW_API_KEY=sk-test\r?\n$/)
      }),
    )
  })

  it('keeps place, export, comment and line ends', () => {
    expect(setVariable('# keys\r\nexport A = old # mine\r\nB=2\r\n', 'A', 'new')).toBe(
      '# keys\r\nexport A = new # mine\r\nB=2\r\n',
    )
  })

  it('changes the last of several assignments, the one that counts', () => {
    expect(setVariable('A=1\nB=2\nA=3\n', 'A', '4')).toBe('A=1\nB=2\nA=4\n')
  })

  it('keeps a missing newline at the end of the file', () => {
    expect(setVariable('A=1', 'A', '2')).toBe('A=2')
  })

  it('replaces a value of many lines as one', () => {
    expect(setVariable(`A="one\ntwo" # x\nB=2\n`, 'A', 'x')).toBe('A=x # x\nB=2\n')
  })

  it('does not let an old comment cut the new value short', () => {
    expect(parse(setVariable('A=#old\n', 'A', 'new'))).toEqual({ A: 'new' })
  })

  it.each([
    ['sk-ant-test-1', 'A=sk-ant-test-1\n'],
    ['a b', "A='a b'\n"],
    ['a#b', "A='a#b'\n"],
    ['$HOME', "A='$HOME'\n"],
    ["it's", 'A="it\'s"\n'],
    ['one\ntwo', 'A="one\\ntwo"\n'],
  ])('writes %j as %j', (value, line) => {
    expect(setVariable('', 'A', value)).toBe(line)
  })

  it.each([[`'"\`#`], ['a\0b'], ['\ud800']])('refuses a value that dotenv cannot hold: %j', (value) => {
    expect(refusalOf(() => setVariable('', 'A', value)).code).toBe('value_refused')
  })

  it('never tells the value that it refuses', () => {
    expect(() => setVariable('', 'A', `sk-ant-test-'"\`# x`)).toThrow(/^(?!.*sk-ant)/)
  })
})

describe('removing a variable', () => {
  it('removes every line that sets it and nothing else', () => {
    expect(unsetVariable('# one\nA=1\n\nexport A="2\n3" # x\nB=2\n', 'A')).toBe('# one\n\nB=2\n')
  })

  it('changes nothing when it is not there', () => {
    expect(unsetVariable('B=2', 'A')).toBe('B=2')
  })

  it('leaves the others as they are, for any file', () => {
    fc.assert(
      fc.property(envText, envName, (file, name) => {
        const { text, code } = refusalOf(() => unsetVariable(file, name))
        const { [name]: _removed, ...others } = parse(file)
        if (text === undefined) expect(code).toBe('env_file_invalid')
        else expect(parse(text)).toEqual(others)
      }),
      { numRuns: 1_000 },
    )
  })
})
