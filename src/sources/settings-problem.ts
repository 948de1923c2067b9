// Builds findings about a settings file, with the line that an offset lies on.
import { withoutKeys } from '../domain/keys-in-text.ts'
import { type SettingsProblem, settingsProblemText } from '../domain/problem.ts'

export interface ProblemDetails {
  readonly line?: number
  readonly key?: string | null
  readonly hint?: string | undefined
}

/** A finding; what is not known is null, as the contract has it. A key that was typed as a name is not shown. */
export function settingsProblem(file: string, message: string, details: ProblemDetails = {}): SettingsProblem {
  const { line = null, key = null, hint = null } = details
  return { file, line, key: key === null ? null : withoutKeys(key), message, hint }
}

/** The line of an offset, starting at 1; `\r\n`, `\n` and `\r` end a line. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n?|\n/).length
}

/** The first finding, which is often the cause of the others, and how many more there are. */
export function firstProblemText([first, ...others]: readonly SettingsProblem[]): string {
  if (!first) return ''
  return others.length === 0 ? problemText(first) : `${problemText(first)}, and ${others.length} more`
}

/** The finding in one line, with the hint behind it. */
export function problemText(problem: SettingsProblem): string {
  const text = settingsProblemText(problem)
  return problem.hint === null ? text : `${text} (${problem.hint})`
}
