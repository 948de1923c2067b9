// Changes single values in the text of traseai.json; comments, layout, line ends and all other values stay.
import { isDeepStrictEqual } from 'node:util'
import { parseTree } from 'jsonc-parser'
import { isRecord } from '../domain/json-record.ts'
import { TraseError } from '../errors.ts'
import { parseConfiguration } from './configuration-file.ts'
import { removeJsonValue, removeJsonValueAndEmptied, setJsonValue } from './json-text-edit.ts'
import { jsonValue } from './json-tree.ts'
import { firstProblemText } from './settings-problem.ts'

export interface ConfigurationChange {
  /** The names from the outermost on; a name may hold dots and colons. */
  readonly path: readonly [string, ...string[]]
  /** JSON; undefined removes what is there. */
  readonly value: unknown
  /** With undefined: the objects around it go, too, when nothing is left in them. */
  readonly andEmptied?: true
}

const byteOrderMark = '\uFEFF'

/**
 * The text with the changes, the very same one when they change nothing. The result is checked: it is a configuration, and
 * it reads back as the old values with exactly these changes.
 * @param text of the file; null when there is none, and then a new one is written
 * @param file the path that problems name
 * @throws TraseError `configuration_invalid` when the text is broken, or would be after the changes
 */
export function editConfiguration(text: string | null, changes: readonly ConfigurationChange[], file: string): string {
  if (text !== null) refuseBroken(text, file, 'the configuration is broken and was not changed')
  const mark = text?.startsWith(byteOrderMark) ? byteOrderMark : ''
  const before = text === null ? '{}\n' : text.slice(mark.length)
  const after = changes.reduce(
    (edited, { path, value, andEmptied }) =>
      value !== undefined
        ? setJsonValue(edited, path, value)
        : (andEmptied ? removeJsonValueAndEmptied : removeJsonValue)(edited, path),
    before,
  )
  if (after === before) return text ?? ''
  const emptied = changes.filter(({ andEmptied }) => andEmptied).map(({ path }) => path.slice(0, -1))
  const [found, wanted] = [valueOf(after), changes.reduce(changed, valueOf(before))].map((value) =>
    emptied.reduce(withoutEmptied, value),
  )
  if (!isDeepStrictEqual(found, wanted)) {
    throw new TraseError('configuration_invalid', `${file} could not be changed`, { hint: 'change it with an editor' })
  }
  refuseBroken(after, file, 'the configuration was not changed: afterwards it would be broken')
  return mark + after
}

function refuseBroken(text: string, file: string, what: string): void {
  const parsed = parseConfiguration(text, file)
  if (parsed.ok) return
  // A problem names the file.
  const message = `${what}: ${firstProblemText(parsed.problems)}`
  throw new TraseError('configuration_invalid', message, { data: { problems: parsed.problems } })
}

/** What the change means, on values instead of text. */
function changed(object: unknown, { path, value }: ConfigurationChange): unknown {
  const [name, ...rest] = path
  const members = isRecord(object) ? object : {}
  const [next, ...further] = rest
  const { [name]: present, ...others } = members
  if (next === undefined) return value === undefined ? others : { ...members, [name]: value }
  if (value === undefined && !isRecord(present)) return members
  return { ...members, [name]: changed(present, { path: [next, ...further], value }) }
}

/** Without the object at the path, and then those around it, as far as they are empty. */
function withoutEmptied(value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path
  if (name === undefined || !isRecord(value) || !(name in value)) return value
  const { [name]: present, ...others } = value
  const inner = withoutEmptied(present, rest)
  return isRecord(inner) && Object.keys(inner).length === 0 ? others : { ...value, [name]: inner }
}

function valueOf(text: string): unknown {
  const tree = parseTree(text, [], { allowTrailingComma: true })
  return tree && jsonValue(tree)
}
