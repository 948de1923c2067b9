// What a schema refuses, in words for people: "expected at least 1" in place of the schema library's own sentences.
import type * as z from 'zod'

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
}

/** For the `error` of a parse: what the schema says itself comes first, and undefined leaves an issue to the library. */
export function issueWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return typeWords(issue.expected, issue.input)
    case 'too_small':
      return boundWords('least', issue.origin, Number(issue.minimum), issue.inclusive ?? true)
    case 'too_big':
      return boundWords('most', issue.origin, Number(issue.maximum), issue.inclusive ?? true)
    case 'invalid_value':
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
    case 'invalid_format':
      return issue.format === 'datetime' ? 'expected an instant such as "2026-11-22T10:00:00Z"' : undefined
    case 'unrecognized_keys':
      return `unknown key ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`
    default:
      return undefined
  }
}

function typeWords(expected: string, input: unknown): string | undefined {
  const name = typeNames[expected]
  if (name === undefined) return undefined
  if (input === undefined) return 'is missing'
  const received = input === null ? 'null' : Array.isArray(input) ? 'array' : typeof input
  // 1.5 is a number, and yet not what was expected.
  return expected === 'int' && received === 'number'
    ? `expected ${name}`
    : `expected ${name}, received ${typeNames[received]}`
}

function boundWords(which: 'least' | 'most', origin: string, bound: number, inclusive: boolean): string | undefined {
  if (!inclusive) return `expected ${which === 'least' ? 'more' : 'less'} than ${bound}`
  if (origin === 'string') return `expected at ${which} ${counted(bound, 'character')}`
  if (origin === 'array') return `expected at ${which} ${counted(bound, 'member')}`
  return origin === 'number' || origin === 'int' ? `expected at ${which} ${bound}` : undefined
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
