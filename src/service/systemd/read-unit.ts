// Reads a unit file: what an installed service runs, for which home. Understands what people write as well as what we do.

/** What a unit says, as far as it is of interest here. */
export interface InstalledUnit {
  /** The words of the last `ExecStart=`, its prefixes (`-`, `@`, …) taken off. */
  readonly command: readonly string[]
  /** `Environment=`, the last assignment of a name. */
  readonly variables: ReadonlyMap<string, string>
  /** Every `ListenStream=` since the last empty one. */
  readonly listens: readonly string[]
  /** `User=`; null without one. */
  readonly user: string | null
  readonly isDynamicUser: boolean
}

/** @param text of one unit file, or of it and its drop-ins in their order */
export function readUnitText(text: string): InstalledUnit {
  const settings = settingsIn(text)
  const variables = new Map<string, string>()
  for (const value of listOf(settings, 'Environment')) {
    for (const word of wordsOf(value)) {
      const equals = word.indexOf('=')
      if (equals > 0) variables.set(word.slice(0, equals), word.slice(equals + 1))
    }
  }
  const [program = '', ...args] = wordsOf(listOf(settings, 'ExecStart').at(-1) ?? '')
  return {
    command:
      program === '' ? [] : [program.replace(/^[-@:+!]+/, ''), ...args.map((word) => word.replaceAll('$$', '$'))],
    variables,
    listens: listOf(settings, 'ListenStream').map(unescapeSpecifiers),
    user: listOf(settings, 'User').at(-1) ?? null,
    isDynamicUser: /^(yes|true|on|1)$/i.test(listOf(settings, 'DynamicUser').at(-1) ?? ''),
  }
}

type Setting = readonly [name: string, value: string]

/** A backslash at the end of a line goes on in the next one, where comments are left out: systemd.syntax(7). */
function settingsIn(text: string): Setting[] {
  const settings: Setting[] = []
  let begun = ''
  for (const line of text.split('\n')) {
    if (/^\s*[#;]/.test(line)) continue
    if (line.endsWith('\\')) {
      begun += `${line.slice(0, -1)} `
      continue
    }
    const [, name, value] = /^\s*([A-Za-z]+)\s*=(.*)$/.exec(begun + line) ?? []
    if (name !== undefined && value !== undefined) settings.push([name, value.trim()])
    begun = ''
  }
  return settings
}

/** An empty value forgets the ones before it. */
function listOf(settings: readonly Setting[], wanted: string): readonly string[] {
  const values = settings.flatMap(([name, value]) => (name === wanted ? [value] : []))
  return values.slice(values.lastIndexOf('') + 1)
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', s: ' ' }

/** Words as systemd splits them: quotes of both kinds, C escapes, `%%`. */
function wordsOf(value: string): readonly string[] {
  const words: string[] = []
  for (const [whole] of value.matchAll(/(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\.|[^\s"'\\])+/g)) {
    const word = whole.replace(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/g, (_, double?: string, single?: string) =>
      String(double ?? single),
    )
    words.push(unescapeSpecifiers(word.replace(/\\(.)/g, (_, char: string) => escapes[char] ?? char)))
  }
  return words
}

function unescapeSpecifiers(text: string): string {
  return text.replaceAll('%%', '%')
}
