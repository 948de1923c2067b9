import { parse } from 'dotenv'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findAssignments, withUnixLineEnds } from '../../src/sources/env-assignments.ts'
import { parseEnvFile, type EnvFile } from '../../src/sources/env-file.ts'
import { envText } from '../support/env-text.ts'

const read = (text: string | Uint8Array) => parseEnvFile(Buffer.from(text as string), '.env')

function readWell(text: string | Uint8Array): EnvFile {
  const parsed = read(text)
  if (!parsed.ok) throw new Error(parsed.problem.message)
  return parsed.file
}

const clear = (file: EnvFile) =>
  Object.fromEntries([...file.variables].map(([name, secret]) => [name, secret.reveal()]))
const findings = (text: string) => readWell(text).problems.map(({ line, key, message }) => ({ line, key, message }))

describe('.env values', () => {
  it('are those of the dotenv package, for any text', () => {
    fc.assert(
      fc.property(envText, (text) => {
        expect(clear(readWell(text))).toEqual(parse(text))
      }),
    )
  })

  it('may be exported, quoted, empty, spaced and commented', () => {
    const text = `export A=1\nB = 'two words'\nC=\nD="x # y" # why\n# E=5\nF: yaml\n`
    expect(clear(readWell(text))).toEqual({ A: '1', B: 'two words', C: '', D: 'x # y', F: 'yaml' })
  })

  it('are not interpolated', () => {
    expect(clear(readWell('A=1\nB=$A${A}\n'))['B']).toBe('$A${A}')
  })

  it('are read from a file with a byte order mark and Windows line ends', () => {
    expect(clear(readWell('\uFEFFA=1\r\nB=2\r\n'))).toEqual({ A: '1', B: '2' })
  })
})

describe('the places of assignments', () => {
  it('are found for exactly the names that dotenv reads, for any text', () => {
    fc.assert(
      fc.property(envText, (text) => {
        const names = findAssignments(withUnixLineEnds(text)).map(({ name }) => name)
        expect(new Set(names.filter((name) => name !== '__proto__'))).toEqual(new Set(Object.keys(parse(text))))
      }),
    )
  })

  it('are told by line, also behind a value of many lines', () => {
    const file = readWell(`\n# keys\nA='one\ntwo'\n\nexport B=2\n`)
    expect([...file.lines]).toEqual([
      ['A', 3],
      ['B', 6],
    ])
  })
})

describe('a finding about .env', () => {
  it('names the line of a value that a # cuts short', () => {
    expect(findings('A=1\nOPENAI_API_KEY=sk-te#st\n')).toEqual([
      { line: 2, key: 'OPENAI_API_KEY', message: 'the value ends at the #' },
    ])
  })

  it('tells a value that is nothing but what follows a #', () => {
    expect(findings('A=#secret\n')).toHaveLength(1)
  })

  it('does not mind a comment behind a value', () => {
    expect(findings(`A=1 # one\nB='#2'\nC="3"#three\nD= # none\n`)).toEqual([])
  })

  it('names a variable that is set twice, and the line that is not used', () => {
    expect(findings('A=1\nB=2\nA=3\n')).toEqual([
      { line: 3, key: 'A', message: 'set again; the value of line 1 is not used' },
    ])
  })

  it('names a line that sets nothing', () => {
    expect(findings('A=1\nexport B\n  # fine\n\nnonsense here\n').map(({ line }) => line)).toEqual([2, 5])
  })

  it('names a quote that is not closed', () => {
    expect(findings(`A="abc\nB='x'\n`)).toEqual([
      { line: 1, key: 'A', message: 'the value begins with a quote that does not end it' },
    ])
  })

  it('never holds a value', () => {
    const text = `A=sk-ant-test-1234567890#abc\nA="sk-ant-test-1234567890\nsk-ant-test-1234567890 loose\n`
    expect(JSON.stringify(readWell(text).problems)).not.toContain('sk-ant')
  })
})

describe('a .env that is not text', () => {
  it.each([
    ['has a NUL byte', Buffer.from('A=1\0B=2')],
    ['is broken UTF-8', Buffer.from([0x41, 0x3d, 0xff, 0xfe])],
    ['is UTF-16', Buffer.from('\uFEFFA=1\n', 'utf16le')],
    ['is a million blank lines', Buffer.alloc(1_000_000, 0x0a)],
    ['is a run of Unicode line separators', Buffer.from('\u2028'.repeat(300_000))],
  ])('is refused when it %s', (_what, bytes) => {
    const parsed = read(bytes)
    expect(parsed).toMatchObject({ ok: false, problem: { file: '.env' } })
  })
})
