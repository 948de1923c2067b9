// Reads the content of .env: values exactly as the dotenv package reads them, and what a person should know about the lines.
import { parse } from 'dotenv'
import type { SettingsProblem } from '../domain/problem.ts'
import { Secret } from '../vault/secret.ts'
import { findAssignments, withUnixLineEnds } from './env-assignments.ts'
import { envLineFindings, hasUnclosedQuote } from './env-file-findings.ts'
import { settingsProblem } from './settings-problem.ts'

export const envFileBytesMax = 1_048_576
/** dotenv takes time in proportion to the square of a run of blank lines: 500 of them cost it a millisecond, a million an hour. */
const blankLinesMax = 500
/** A file with more is not worth more words. */
const problemsMax = 20

export interface EnvFile {
  /** The last assignment of a name counts; a value may be empty. */
  readonly variables: ReadonlyMap<string, Secret>
  /** Where each variable's value that counts stands, starting at 1. */
  readonly lines: ReadonlyMap<string, number>
  readonly problems: readonly SettingsProblem[]
  /** How many assignments there are, those that a later one overrides included. */
  readonly assignmentCount: number
  /** A quote is opened and never closed: the file may be half-written. */
  readonly unclosedQuoteLine: number | null
}

export type ParsedEnvFile =
  | { readonly ok: true; readonly file: EnvFile }
  /** Nothing of the file is used. */
  | { readonly ok: false; readonly problem: SettingsProblem }

/**
 * The text of `.env` bytes, without a byte order mark.
 * @returns a problem for what is not text: a NUL byte, broken UTF-8, absurd runs of blank lines
 */
export function decodeEnvFile(bytes: Uint8Array, path: string): string | SettingsProblem {
  const nul = bytes.indexOf(0)
  if (nul >= 0)
    return settingsProblem(path, `is not a text file: it has a NUL byte at offset ${nul}`, {
      hint: 'save it as UTF-8 text',
    })
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes) // removes a byte order mark
  } catch (error) {
    if (error instanceof TypeError)
      return settingsProblem(path, 'is not valid UTF-8', { hint: 'save it as UTF-8 text' })
    throw error
  }
  const blankFrom = tooManyBlankLines(withUnixLineEnds(text))
  if (blankFrom === null) return text
  return settingsProblem(path, `has more than ${blankLinesMax} blank lines in a row`, {
    line: blankFrom,
    hint: 'remove them',
  })
}

/** @param path what problems call the file; a problem names variables, never values */
export function parseEnvFile(bytes: Uint8Array, path: string): ParsedEnvFile {
  const decoded = decodeEnvFile(bytes, path)
  if (typeof decoded !== 'string') return { ok: false, problem: decoded }
  const text = withUnixLineEnds(decoded)
  const assignments = findAssignments(text)
  // The strings that dotenv returns cannot be wiped; they are unreachable after this line.
  const variables = new Map(Object.entries(parse(text)).map(([name, value]) => [name, new Secret(value)]))
  const unclosed = assignments.find((assignment) => hasUnclosedQuote(text, assignment))
  return {
    ok: true,
    file: {
      variables,
      lines: new Map(assignments.map(({ name, line }) => [name, line])),
      problems: envLineFindings(text, assignments)
        .slice(0, problemsMax)
        .map(({ message, ...details }) => settingsProblem(path, message, details)),
      assignmentCount: assignments.length,
      unclosedQuoteLine: unclosed?.line ?? null,
    },
  }
}

/**
 * The line on which a run of blank lines begins that is too long; null when there is none. To the regular expressions of
 * dotenv the separators of Unicode end a line too.
 */
function tooManyBlankLines(text: string): number | null {
  let blank = 0
  for (const [index, line] of text.split(/[\n\u2028\u2029]/).entries()) {
    blank = line.trim() === '' ? blank + 1 : 0
    if (blank > blankLinesMax) return index + 1 - blankLinesMax
  }
  return null
}
