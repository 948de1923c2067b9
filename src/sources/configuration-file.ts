// Reads the text of traseai.json: JSON with comments and trailing commas in, a configuration or problems with their lines out.
import { issueWords } from '../domain/issue-words.ts'
import type { SettingsProblem } from '../domain/problem.ts'
import { configurationProblems } from './configuration-problems.ts'
import { configurationSchema, resolveConfiguration, type Configuration } from './configuration-schema.ts'
import { contradictions } from './configuration-contradictions.ts'
import { jsonValue, readJsonTree } from './json-tree.ts'
import { settingsProblem } from './settings-problem.ts'

export type ParsedConfiguration =
  | { readonly ok: true; readonly value: Configuration; readonly warnings: readonly SettingsProblem[] }
  | { readonly ok: false; readonly problems: readonly SettingsProblem[] }

export const configurationBytesMax = 1_048_576
/** A file with more is not worth more words. */
const problemsMax = 20

/** @param file the path that problems name */
export function parseConfiguration(text: string, file: string): ParsedConfiguration {
  if (text.replace(/^\uFEFF/, '').trim() === '')
    return refused([settingsProblem(file, 'is empty', { line: 1, hint: 'write {} or remove the file' })])
  const read = readJsonTree(text, file, { comments: true, problemsMax })
  if (!read.ok) return refused(read.problems)
  const { tree, text: json } = read
  const checked = configurationSchema.safeParse(jsonValue(tree), { error: issueWords })
  if (!checked.success) return refused(configurationProblems(checked.error, tree, json, file))
  const value = resolveConfiguration(checked.data)
  const { errors: contrary, warnings } = contradictions(value, tree, json, file)
  return contrary.length > 0 ? refused(contrary) : { ok: true, value, warnings }
}

function refused(problems: readonly SettingsProblem[]): ParsedConfiguration {
  return { ok: false, problems: problems.slice(0, problemsMax) }
}
