// Reads just enough of other tools' text formats to find keys: lines of .env files and of simple YAML.

/** No place of interest has more lines. */
const linesMax = 10_000

/** `NAME=value`, `export NAME="value"`; the last one of a name counts. Comments behind an unquoted value are cut off. */
export function readAssignments(text: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const line of linesOf(text)) {
    const [, name, value] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) found[name] = scalar(value)
  }
  return found
}

/** One `key: value` of a YAML file. */
export interface YamlEntry {
  readonly key: string
  readonly value: string
  /** Counts the list items that began up to here; entries with the same number belong to one item. */
  readonly item: number
}

/**
 * The scalar entries of block-style YAML, in order; a list item that is a scalar has the key of its list. Flow style,
 * anchors and texts over several lines are passed over: nobody writes keys so.
 */
export function readYamlEntries(text: string): YamlEntry[] {
  const entries: YamlEntry[] = []
  let item = 0
  let list = ''
  for (const line of linesOf(text)) {
    const [, dash, rest = ''] = /^\s*(- +)?(.*?)\s*$/.exec(line) ?? []
    if (rest === '' || rest.startsWith('#')) continue
    if (dash !== undefined) item += 1
    const [, key, value] = /^([A-Za-z_][\w-]*):(?:\s+(.*))?$/.exec(rest) ?? []
    if (key === undefined) {
      if (dash !== undefined && list !== '') entries.push({ key: list, value: scalar(rest), item })
    } else if (value === undefined || value === '') {
      list = key
    } else {
      entries.push({ key, value: scalar(value), item })
    }
  }
  return entries
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/, linesMax)
}

/** Without quotes, or without the comment behind it. */
function scalar(text: string): string {
  const [, , quoted] = /^(["'])(.*?)\1/.exec(text) ?? []
  return quoted ?? text.replace(/\s+#.*$/, '')
}
