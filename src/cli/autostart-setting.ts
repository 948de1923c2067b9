// Reads one setting of traseai.json, `gateway.autostart`, at the one moment when no gateway runs that could say it.
import { readFile } from 'node:fs/promises'
import { isRecord } from '../domain/json-record.ts'
import { errnoOf } from '../errors.ts'

/** False only when the file says so; a file that cannot be understood is the started gateway's to complain about. */
export async function mayAutostart(configurationPath: string): Promise<boolean> {
  try {
    return autostartOf(await readFile(configurationPath, 'utf8'))
  } catch (error) {
    if (errnoOf(error) !== undefined) return true // no such file, or an unreadable one
    throw error
  }
}

/** @param text JSON with comments and trailing commas */
export function autostartOf(text: string): boolean {
  const configuration = parseWithComments(text)
  if (!isRecord(configuration) || !isRecord(configuration['gateway'])) return true
  return configuration['gateway']['autostart'] !== false
}

// A string is matched first, so that what looks like a comment in it is left alone.
const stringOrComment = /"(?:[^"\\]|\\.)*"|\/\/[^\r\n]*|\/\*[\s\S]*?\*\//g
const stringOrTrailingComma = /"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])/g

/** Undefined for broken syntax. The parser that names line and key is the gateway's; it would double the CLI's bundle. */
function parseWithComments(text: string): unknown {
  const keepString = (match: string): string => (match.startsWith('"') ? match : ' ')
  const json = text
    .replace(/^\uFEFF/, '')
    .replace(stringOrComment, keepString)
    .replace(stringOrTrailingComma, keepString)
  try {
    return JSON.parse(json)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
