// Checks a variable before it is written to .env: a name that a shell can set, a value that can be a key.
import { variableNamePattern } from '../domain/key-variables.ts'
import { quoted, TraseError } from '../errors.ts'
import type { Secret } from '../vault/secret.ts'

const valueBytesMax = 65_536

/** @throws TraseError `usage` */
export function checkedName(name: string): string {
  if (variableNamePattern.test(name)) return name
  throw new TraseError('usage', `${quoted(name)} is not a variable name`, {
    hint: 'use letters, digits and underscores, such as OPENAI_API_KEY',
  })
}

/**
 * The value in the clear as it is written: without white space at its ends, which no key has.
 * @throws TraseError `value_refused`, without the value
 */
export function checkedValue(name: string, value: Secret): string {
  const text = value.reveal().trim()
  const refuse = (why: string): never => {
    throw new TraseError('value_refused', `the value for ${name} ${why}`)
  }
  if (text === '') refuse('is empty')
  if (Buffer.byteLength(text) > valueBytesMax) refuse(`is longer than ${valueBytesMax} bytes`)
  // A list may be pasted with a key on each line.
  const printable = name.endsWith('_API_KEYS') ? /^[\x20-\x7e\t\r\n]*$/ : /^[\x20-\x7e]*$/
  if (!printable.test(text)) refuse('has characters that no key has')
  return text
}
