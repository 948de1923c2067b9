// Reads what a user typed after `/model`: forgiving about the typing, strict about the meaning.
import { quoted, TraseError } from '../errors.ts'
import { withoutSecrets } from './keys-in-text.ts'

export type ModelCommand =
  /** `filter`: words that the names must hold, in lower case; null shows a selection of all. */
  | { readonly kind: 'list'; readonly filter: string | null }
  | { readonly kind: 'status' | 'default' | 'help' }
  /** `wanted` is `<number|alias|provider/model>[@credential]` as it was typed; `anyway` takes a model that seems mistyped. */
  | { readonly kind: 'pick'; readonly wanted: string; readonly anyway: boolean }

const modelCommandForms = [
  '/model, /model list [WORDS]',
  '/model <number|alias|provider/model>[@credential]',
  '/model status',
  '/model default',
  '/model help',
] as const

const wordKinds = {
  list: 'list',
  status: 'status',
  default: 'default',
  help: 'help',
  '?': 'help',
} as const satisfies Record<string, ModelCommand['kind']>

/** What a keyboard puts in unseen: zero-width characters and the byte order mark. */
const invisible = /[\u00ad\u200b-\u200f\u2060\ufeff]/g
/** Keyboards of telephones turn hyphens into these. */
const dashes = /[\u2010-\u2015\u2212]/g
const quotes = /["'`\u2018-\u201f\u00ab\u00bb]/g
const command = /^\/models?(?=$|[\s:@])\s*:?/i

/**
 * The command of one line. Case, spaces, quotes, full-width characters and a newline at the end make no difference.
 * @throws TraseError `usage` for anything that is no `/model` command, saying what is
 */
export function parseModelCommand(text: string): ModelCommand {
  const line = text.normalize('NFKC').replaceAll(invisible, '').replaceAll(dashes, '-').trim()
  const head = command.exec(line)
  if (!head) throw notUnderstood(line)
  const rest = line.slice(head[0].length).replaceAll(quotes, '').replaceAll(/\s+/g, ' ').trim()
  const words = rest === '' ? ['list'] : rest.split(' ')
  const [first = 'list', ...more] = words
  const kind = kindOf(first.toLowerCase())
  if (kind === 'list') return { kind, filter: more.length === 0 ? null : more.join(' ').toLowerCase() }
  if (kind !== undefined) {
    if (more.length === 0) return { kind }
    throw new TraseError('usage', `/model ${first.toLowerCase()} takes nothing more`, { hint: understood })
  }
  const pick = rest.replaceAll(/ ?@ ?/g, '@')
  if (pick.includes(' ')) {
    throw new TraseError('usage', `/model takes one model, and ${shown(pick)} has spaces`, { hint: understood })
  }
  const anyway = pick.endsWith('!')
  return { kind: 'pick', wanted: anyway ? pick.slice(0, -1) : pick, anyway }
}

const understood = `understood: ${modelCommandForms.join('; ')}`

function kindOf(word: string): (typeof wordKinds)[keyof typeof wordKinds] | undefined {
  return Object.hasOwn(wordKinds, word) ? wordKinds[word as keyof typeof wordKinds] : undefined
}

function notUnderstood(line: string): TraseError {
  const what = line === '' ? 'an empty line' : shown(line)
  return new TraseError('usage', `${what} is not a /model command`, { hint: understood })
}

/** What was typed, for a message: cut, and without anything that could be a key. */
function shown(text: string): string {
  return quoted(withoutSecrets(text))
}
