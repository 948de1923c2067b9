// Judges what is found in place of the last good .env: how long it must last before it counts, and whether it is half-written.
//
// Programs save a file in place (cut to nothing, then written), by writing another one and renaming it, or by deleting
// and creating it; each of them can be seen midway, and each can be interrupted there. No look at the file tells a save
// that is still going on from one that is over, so the less a state could be explained by an edit, the longer it has to
// stay the same before it counts:
//
//   10 ms   it has every variable that the last good file had, none of them cut short, and it ends with a whole line
//   50 ms   it lacks something, ends within a line, or cannot be used (too large, not text, a directory, unreadable)
//  2000 ms  there is no file, or nothing is set in it: `generate > .env` leaves it empty for as long as generate runs
//
// A state that ends within a line or a quote that the last good file had whole is what an interrupted save leaves behind.
// It never counts. Cut exactly between two lines, a file looks like one whose last lines were deleted, and counts.
import { isCutShort, isEmpty } from '../vault/secret-operations.ts'
import { parseEnvFile, type EnvFile, type ParsedEnvFile } from './env-file.ts'
import type { SettingsFile } from './settings-file.ts'

const wholeMs = 10
const lessMs = 50
const nothingMs = 2_000

/** The state of .env that is in use. */
export interface GoodEnvFile {
  readonly bytes: Buffer
  readonly file: EnvFile
}

/** How long this state must last before it counts, in milliseconds; 0 for the last good one itself. */
export function patienceMs(state: SettingsFile, good: GoodEnvFile | null, path: string): number {
  if (state.kind === 'unusable') return lessMs
  if (state.kind === 'missing') return good === null || setsNothing(good.file) ? 0 : nothingMs
  if (good?.bytes.equals(state.bytes)) return 0
  const parsed = parseEnvFile(state.bytes, path)
  const patience = patienceForText(state.bytes, parsed, good)
  dropAll(parsed)
  return patience
}

/** Why the file is half-written; null when it is not. */
export function halfWritten(bytes: Buffer, file: EnvFile, good: GoodEnvFile | null): string | null {
  if (good === null) return null
  if (file.unclosedQuoteLine !== null && good.file.unclosedQuoteLine === null)
    return `ends within the quote that line ${file.unclosedQuoteLine} opens`
  const lastLine = withoutReturn(bytes.subarray(bytes.lastIndexOf(0x0a) + 1))
  if (lastLine.length === 0 || !lacksSomething(file, good.file)) return null
  const lines = linesOf(good.bytes)
  const isWhole = lines.some((line) => line.equals(lastLine))
  const isCut = lines.some(
    (line) => line.length > lastLine.length && line.subarray(0, lastLine.length).equals(lastLine),
  )
  return isCut && !isWhole ? 'ends in the middle of a line' : null
}

function patienceForText(bytes: Buffer, parsed: ParsedEnvFile, good: GoodEnvFile | null): number {
  if (!parsed.ok) return lessMs
  const { file } = parsed
  if (good !== null && !setsNothing(good.file) && setsNothing(file)) return nothingMs
  const endsWhole = bytes.at(-1) === 0x0a && file.unclosedQuoteLine === null
  return endsWhole && !(good !== null && lacksSomething(file, good.file)) ? wholeMs : lessMs
}

/** A variable or an assignment less than before, or a value that is the beginning of what it was. */
function lacksSomething(file: EnvFile, good: EnvFile): boolean {
  if (file.assignmentCount < good.assignmentCount) return true
  return [...good.variables].some(([name, before]) => !isEmpty(before) && isCutShort(file.variables.get(name), before))
}

function setsNothing({ variables }: EnvFile): boolean {
  return [...variables.values()].every(isEmpty)
}

function dropAll(parsed: ParsedEnvFile): void {
  if (parsed.ok) for (const secret of parsed.file.variables.values()) secret.drop()
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(0x0a, from)
    lines.push(withoutReturn(bytes.subarray(from, end < 0 ? bytes.length : end)))
    from = end < 0 ? bytes.length : end + 1
  }
  return lines
}

/** The line without the first half of a Windows line end. */
const withoutReturn = (line: Buffer): Buffer => (line.at(-1) === 0x0d ? line.subarray(0, -1) : line)
