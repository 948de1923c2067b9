// Tables: what a person sees at any width.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderFacts } from '../../src/cli/render/facts.ts'
import { renderTable, wrap } from '../../src/cli/render/table.ts'

const columns = [{ title: 'CREDENTIAL' }, { title: 'N', right: true }, { title: 'STATUS', wraps: true }]
const rows = [
  ['anthropic:default', '1', 'ready'],
  ['openai:OPENAI_API_KEY', '10', 'cooling for 28s: the provider answered 429 and named a reset'],
]

describe('a table', () => {
  it('is as wide as its text when it goes to a pipe', () => {
    expect(renderTable(columns, rows, { width: null })).toBe(
      [
        'CREDENTIAL              N  STATUS',
        'anthropic:default       1  ready',
        'openai:OPENAI_API_KEY  10  cooling for 28s: the provider answered 429 and named a reset',
      ].join('\n'),
    )
  })

  it('wraps its wide column at a terminal', () => {
    expect(renderTable(columns, rows, { width: 60 })).toBe(
      [
        'CREDENTIAL              N  STATUS',
        'anthropic:default       1  ready',
        'openai:OPENAI_API_KEY  10  cooling for 28s: the provider',
        '                           answered 429 and named a reset',
      ].join('\n'),
    )
  })

  it('becomes blocks at a terminal that is too narrow for columns', () => {
    expect(renderTable(columns, rows, { width: 40 })).toBe(
      [
        'anthropic:default',
        '  n: 1',
        '  status: ready',
        'openai:OPENAI_API_KEY',
        '  n: 10',
        '  status: cooling for 28s: the provider',
        '          answered 429 and named a reset',
      ].join('\n'),
    )
  })

  it('keeps ids whole: a column with little in it gives way first', () => {
    const history = [
      { title: '#', right: true },
      { title: 'ABOUT', wraps: true },
      { title: 'BY', wraps: true },
    ]
    const events = [['7', 'anthropic:ANTHROPIC_API_KEY, for 45s', 'cli (pid 17414)']]
    expect(renderTable(history, events, { width: 44 })).toBe(
      [
        '#  ABOUT                         BY',
        '7  anthropic:ANTHROPIC_API_KEY,  cli (pid',
        '   for 45s                       17414)',
      ].join('\n'),
    )
  })

  it('becomes blocks before it breaks an id, and puts one that is too long beside its title below it', () => {
    const history = [{ title: '#', right: true }, { title: 'WHEN' }, { title: 'ABOUT', wraps: true }]
    const events = [['7', 'now', 'anthropic:ANTHROPIC_API_KEY_2, 45s']]
    expect(renderTable(history, events, { width: 36 })).toBe(
      ['7  now', '  about:', '    anthropic:ANTHROPIC_API_KEY_2,', '    45s'].join('\n'),
    )
  })

  it('never loses a word and never outgrows the terminal, whatever it holds', () => {
    const cell = fc.string({ unit: 'grapheme-ascii', maxLength: 60 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 }),
        fc.integer({ min: 20, max: 200 }),
        (cells, width) => {
          const text = renderTable(
            [
              { title: 'A', wraps: true },
              { title: 'B', wraps: true },
              { title: 'C', wraps: true },
            ],
            cells,
            { width },
          )
          for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
          const letters = (value: string): string => value.replace(/\s/g, '')
          const characters = letters(text)
          for (const character of letters(cells.flat().join(''))) expect(characters).toContain(character)
        },
      ),
    )
  })

  it('shows escape codes in a cell instead of obeying them', () => {
    expect(renderTable([{ title: 'NAME' }], [['\u001b[2J\u009bx\n\u202ey']], { width: null })).toBe(
      'NAME\n\\x1b[2J\\x9bx \\u202ey',
    )
  })

  it('colours without changing the layout', () => {
    const red = (text: string): string => `<${text}>`
    const coloured = renderTable(columns, [[{ text: 'a:b', style: red }, '1', 'ready']], { width: null })
    expect(coloured).toBe('CREDENTIAL  N  STATUS\n<a:b>         1  ready')
  })
})

describe('wrapping', () => {
  it('breaks a word only when it alone is too long', () => {
    expect(wrap('ab abcdefgh i', 5)).toEqual(['ab', 'abcde', 'fgh i'])
  })

  it('keeps text that fits as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(wrap(text, Array.from(text).length)).toEqual([text])
      }),
    )
  })
})

describe('facts', () => {
  const facts = [
    { name: 'gateway', value: 'running, pid 1234, version 0.1.0' },
    { name: 'home', value: '/home/somebody/of/the/machine/.traseai' },
  ]
  const options = { width: null, styleName: (text: string) => text }

  it('stand beside their names', () => {
    expect(renderFacts(facts, options)).toBe(
      'gateway  running, pid 1234, version 0.1.0\nhome     /home/somebody/of/the/machine/.traseai',
    )
  })

  it('wrap below themselves at a narrow terminal, but a path stays in one piece', () => {
    expect(renderFacts(facts, { ...options, width: 30 })).toBe(
      'gateway  running, pid 1234,\n         version 0.1.0\nhome     /home/somebody/of/the/machine/.traseai',
    )
  })
})
