// Fills the templates of property lists. It alone loads the plist package, which must not get into the bundle of every command.
import { build, parse, type PlistValue } from 'plist'

/** What goes into a template. */
export interface PlistWords {
  /** What stands for each `{{name}}`, anything but control characters; a key whose whole value stands for null is left out. */
  readonly words: Readonly<Record<string, string | null>>
  /** Replaces the template's `ExitTimeOut`, in seconds. */
  readonly exitSeconds: number
  /** Keys that are left out, such as `HardResourceLimits.NumberOfFiles`. */
  readonly without: readonly string[]
  /** A comment for whoever opens the file; without `--`. */
  readonly remark: string
}

/** The text of a plist that launchd takes. */
export function fillPlist(template: string, { words, exitSeconds, without, remark }: PlistWords): string {
  const filled = filledIn(parse(template), words)
  const job = isDictionary(filled) ? leaveOut(filled, without) : {}
  const text = build('ExitTimeOut' in job ? { ...job, ExitTimeOut: exitSeconds } : job)
  return `${text.replace('<plist ', `<!-- ${remark} -->\n<plist `)}\n`
}

type Dictionary = { readonly [key: string]: PlistValue }

/** Undefined for a value that is left out. */
function filledIn(value: PlistValue, words: PlistWords['words']): PlistValue | undefined {
  if (typeof value === 'string') return textOf(value, words)
  if (Array.isArray(value)) return value.flatMap((each) => filledIn(each, words) ?? [])
  if (!isDictionary(value)) return value
  const entries = Object.entries(value).flatMap(([key, each]) => {
    const filled = filledIn(each, words)
    return filled === undefined ? [] : [[key, filled] as const]
  })
  return Object.fromEntries(entries)
}

function textOf(text: string, words: PlistWords['words']): string | undefined {
  const [, only] = /^\{\{(\w+)\}\}$/.exec(text) ?? []
  if (only !== undefined && words[only] === null) return undefined
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const word = words[name]
    if (typeof word === 'string') return word
    throw new Error(`a template of a plist asks for ${name}, which nobody knows`)
  })
}

function leaveOut(job: Dictionary, keys: readonly string[]): Record<string, PlistValue> {
  const copy: Record<string, PlistValue> = { ...job }
  for (const path of keys) {
    const [key = '', inner] = path.split('.')
    const value = copy[key]
    if (inner === undefined) delete copy[key]
    else if (isDictionary(value)) copy[key] = leaveOut(value, [inner])
  }
  return copy
}

function isDictionary(value: PlistValue | undefined): value is Dictionary {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
  )
}
