// The fields of a record of the log as words of one line.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { logFields } from '../../src/domain/log-fields.ts'

test('words stand as they are, everything else as JSON', () => {
  const fields = {
    version: '0.1.0',
    pid: 7,
    ids: ['a:b', 'c'],
    none: [],
    why: 'no such file',
    rest: ['a b'],
    gone: null,
  }
  expect(logFields(fields)).toBe('version=0.1.0 pid=7 ids=a:b,c none=[] why="no such file" rest=["a b"] gone=null')
})

test('no value makes a second line, or a field of its own', () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.string({ unit: 'binary' })))
  fc.assert(
    fc.property(value, (text) => {
      const line = logFields({ text, end: 1 })
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
      const outside = line.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
      expect(outside.split(' ')).toHaveLength(2)
    }),
  )
})
