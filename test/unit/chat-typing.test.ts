// What is typed in a chat: what keys make of a text, and where it stands on a terminal.
import { Terminal } from '@xterm/headless'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openDrawing } from '../../src/cli/interactive/line-editor/draw-draft.ts'
import { edits, type EditName, emptyDraft, insert, toLine } from '../../src/cli/interactive/line-editor/edit-line.ts'
import { editorKeys } from '../../src/cli/interactive/line-editor/editor-keys.ts'
import { openEditor } from '../../src/cli/interactive/line-editor/editor.ts'
import { layOut } from '../../src/cli/interactive/line-editor/lay-out.ts'
import { charactersOf, textWidth } from '../../src/cli/interactive/line-editor/text-width.ts'
import { openKeyReader } from '../../src/cli/key-presses.ts'
import type { Output } from '../../src/cli/streams.ts'

/** The text after these characters of a terminal, the cursor as a bar; and what each message was. */
function typed(...chunks: string[]): { text: string; sent: string[] } {
  const reader = openKeyReader(editorKeys)
  const editor = openEditor(() => null)
  const sent: string[] = []
  for (const key of chunks.flatMap((chunk) => reader.push(chunk))) {
    const asked = editor.take(key)
    if (typeof asked !== 'object' || asked === null) continue
    sent.push(asked.kind === 'text' ? asked.text : asked.kind)
    editor.restart()
  }
  const { text, cursor } = editor.draft()
  return { text: `${text.slice(0, cursor)}|${text.slice(cursor)}`, sent }
}

const left = '\u001b[D'
const up = '\u001b[A'
const down = '\u001b[B'

describe('keys', () => {
  it.each([
    ['moves by what people see as one character', `a👩‍👩‍👧é日${left}${left}${left}x`, 'ax|👩‍👩‍👧é日'],
    ['erases a whole character', 'a👩‍👩‍👧\u007f', 'a|'],
    ['cuts a word and gives it back', 'one two\u0017\u0019\u0019', 'one twotwo|'],
    ['cuts to the end of a line, then the line end', `ab\ncd${up}\u0001\u000b\u000b`, '|cd'],
    ['goes to the beginning of a line, not of the text', 'one\ntwo\u0001x', 'one\nx|two'],
    ['jumps over words', 'one, two three\u001bb\u001bbx', 'one, x|two three'],
    ['leaves out control characters of a paste', '\u001b[200~a\u001b[31mb\u0007\u009b\tc\u001b[201~', 'a[31mb\tc|'],
    ['Ctrl-C empties the line', 'something\u0003', '|'],
    ['Ctrl-D erases forward where there is text', `ab${left}\u0004`, 'a|'],
  ])('%s', (_what, characters, text) => {
    expect(typed(characters).text).toBe(text)
  })

  it('a paste of many lines is one message', () => {
    expect(typed('\u001b[200~one\r\ntwo\r\u001b[201~', '\r').sent).toEqual(['one\ntwo\n'])
  })

  it('a backslash at the end goes on in the next line, two do not', () => {
    expect(typed('one\\', '\r', 'two', '\r', 'C:\\\\', '\r').sent).toEqual(['one\ntwo', 'C:\\\\'])
  })

  it('the arrow keys go through the history, and back to what stood at the prompt', () => {
    expect(typed('one', '\r', 'two', '\r', 'thr', up, up).text).toBe('one|')
    expect(typed('one', '\r', 'two', '\r', 'thr', up, up, down, down).text).toBe('thr|')
    expect(typed('one', '\r', up, '!', '\r').sent).toEqual(['one', 'one!'])
  })

  it('the arrow keys stay in a text of several lines until its edge', () => {
    expect(typed('old', '\r', 'abc\nd', up).text).toBe('a|bc\nd')
    expect(typed('old', '\r', 'abc\nd', up, up).text).toBe('old|')
  })

  it('Ctrl-C and Ctrl-D say so where nothing was typed', () => {
    expect(typed('\u0003', '\u0004').sent).toEqual(['interrupt', 'end'])
  })
})

const anyText = fc
  .array(fc.constantFrom('a', 'word ', ' ', '\n', '\t', '日本', '😀', 'é', '👩‍👩‍👧', '\\', 'x'.repeat(30)), {
    maxLength: 30,
  })
  .map((pieces) => pieces.join(''))

it('any keys on any text leave the cursor between two characters', () => {
  const names = Object.keys(edits) as EditName[]
  fc.assert(
    fc.property(anyText, fc.array(fc.constantFrom(...names, 'up', 'down'), { maxLength: 40 }), (text, keys) => {
      let draft = insert(emptyDraft, text)
      for (const key of keys) {
        if (key === 'up' || key === 'down') draft = toLine(draft, key === 'up' ? -1 : 1) ?? draft
        else draft = edits[key](draft)
        const { text: now, cursor } = draft
        expect(charactersOf(now.slice(0, cursor)).join('') + charactersOf(now.slice(cursor)).join('')).toBe(now)
        expect(cursor).toBeGreaterThanOrEqual(0)
        expect(cursor).toBeLessThanOrEqual(now.length)
      }
    }),
  )
})

it('no row is wider than the terminal, nothing is left out, and the cursor is within', () => {
  fc.assert(
    fc.property(anyText, fc.nat(), fc.integer({ min: 4, max: 90 }), (text, place, columns) => {
      const ends = charactersOf(text).map((character) => character.length)
      const cursor = ends.slice(0, place % (ends.length + 1)).reduce((sum, length) => sum + length, 0)
      const { rows, row, column } = layOut('> ', { ...emptyDraft, text, cursor }, { columns, rowsMax: 10_000 })
      for (const each of rows) expect(textWidth(each)).toBeLessThanOrEqual(columns)
      expect(rows.join('').replace(/^> /, '').replaceAll(' ', '')).toBe(text.replaceAll(/[\n\t ]/g, ''))
      expect(row).toBeLessThan(rows.length)
      expect(column).toBeLessThan(columns)
    }),
  )
})

it('a text longer than the screen is shown around the cursor', () => {
  const text = Array.from({ length: 200 }, (_, line) => `line ${line}`).join('\n')
  const end = layOut('> ', { ...emptyDraft, text, cursor: text.length }, { columns: 40, rowsMax: 10 })
  expect(end.rows.at(-1)).toBe('  line 199')
  expect(end.rows).toHaveLength(10)
  const start = layOut('> ', { ...emptyDraft, text, cursor: 0 }, { columns: 40, rowsMax: 10 })
  expect(start.rows[0]).toBe('> line 0')
  expect(start).toMatchObject({ row: 0, column: 2 })
})

it('what a terminal shows after any typing is what was laid out, and nothing above it is touched', async () => {
  const pieces = fc.array(fc.constantFrom('ab', ' ', '\n', '日本', 'w'.repeat(17), left, up, '\u007f', '\u0017'), {
    maxLength: 30,
  })
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 8, max: 30 }), async (keys, columns) => {
      const emulator = new Terminal({ cols: columns, rows: 20, allowProposedApi: true, convertEol: false })
      const written: string[] = []
      const output = { isTTY: true, columns, rows: 20, write: (text: string) => written.push(text) }
      const drawing = openDrawing(output as unknown as Output)
      const editor = openEditor(() => null)
      const reader = openKeyReader(editorKeys)
      output.write('above\r\n')
      for (const key of keys.flatMap((each) => reader.push(each))) {
        editor.take(key)
        drawing.draw('> ', editor.draft())
      }
      drawing.draw('> ', editor.draft())
      await new Promise<void>((resolve) => emulator.write(written.join(''), resolve))
      const { rows, row, column } = layOut('> ', editor.draft(), { columns, rowsMax: 19 })
      const { active } = emulator.buffer
      const shown = Array.from({ length: active.length }, (_, at) =>
        (active.getLine(at)?.translateToString() ?? '').trimEnd(),
      )
      const first = shown.indexOf('above') + 1
      expect(first).toBeGreaterThan(0)
      expect(shown.slice(first, first + rows.length)).toEqual(rows.map((each) => each.trimEnd()))
      expect(shown.slice(first + rows.length).join('')).toBe('')
      expect(active.baseY + active.cursorY).toBe(first + row)
      expect(active.cursorX).toBe(column)
    }),
    { numRuns: 60 },
  )
})
