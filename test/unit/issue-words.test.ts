// What people read when a value does not fit its schema.
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { issueWords } from '../../src/domain/issue-words.ts'
import { contract } from '../../src/protocol/contract.ts'

function said(schema: z.ZodType, value: unknown): string[] {
  const { error } = schema.safeParse(value, { error: issueWords })
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('a value that does not fit', () => {
  it.each([
    [{ limit: 0 }, 'limit: expected at least 1'],
    [{ limit: 1_001 }, 'limit: expected at most 1000'],
    [{ limit: 1.5 }, 'limit: expected a whole number'],
    [{ limit: '5' }, 'limit: expected a number, received text'],
    [{ limit: null }, 'limit: expected a number, received null'],
    [{ after: -1 }, 'after: expected at least 0'],
    [{ provider: '' }, 'provider: expected at least 1 character'],
    [{ provider: ['openai'] }, 'provider: expected text, received a list'],
    [{ order: 'up' }, 'order: expected "asc" or "desc"'],
    [{ since: 'yesterday' }, 'since: expected an instant such as "2026-11-22T10:00:00Z"'],
    [{ limt: 5 }, ': unknown key "limt"'],
    ['all', ': expected an object, received text'],
  ])('%j is refused with: %s', (value, words) => {
    expect(said(contract['audit.log'].params, value)).toEqual([words])
  })

  it('and is not there is missing', () => {
    expect(said(contract['audit.get'].params, {})).toEqual(['position: is missing'])
    expect(said(contract['audit.get'].params, { position: 0 })).toEqual(['position: expected more than 0'])
  })

  it('is refused with the words of the schema where it has some', () => {
    expect(said(contract['clients.issue'].params, { name: 'a b' })).toEqual([
      'name: letters, digits and . _ : @ -, at most 64',
    ])
  })

  it('leaves to the library what nobody has words for', () => {
    expect(said(z.uuid(), 'x')).toEqual([': Invalid UUID'])
    expect(said(z.union([z.int(), z.null()]), 'x')).toEqual([': Invalid input'])
  })
})
