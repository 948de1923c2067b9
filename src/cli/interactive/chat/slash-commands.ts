// What a line that begins with a slash means in a chat.
import { suggest } from '../../../domain/suggest.ts'
import { quoted, TraseError } from '../../../errors.ts'

/** Each command with what it is for, in the order of /help. */
export const slashCommands = {
  model: 'the models, and the one in use; /model help says the rest',
  retry: 'asks the last question again',
  new: 'forgets the conversation and begins another',
  help: 'this list',
  quit: 'leaves (also /exit and Ctrl-D)',
} as const satisfies Record<string, string>

/** What /help says. */
export const helpLines: readonly string[] = [
  ...Object.entries(slashCommands).map(([name, what]) => `  /${name.padEnd(6)} ${what}`),
  '',
  'Ctrl-C stops an answer. A \\ at the end of a line, or Alt-Enter, goes on in the next one; a paste is one message.',
  'A message that begins with a slash begins with two.',
]

export type SlashCommand = keyof typeof slashCommands

/** Other words for them. */
const others: Readonly<Record<string, SlashCommand>> = { models: 'model', exit: 'quit', bye: 'quit', '?': 'help' }

export type Line =
  | { readonly kind: 'message'; readonly text: string }
  /** `text` is all that was typed. */
  | { readonly kind: 'command'; readonly name: SlashCommand; readonly text: string }
  | { readonly kind: 'empty' }

/**
 * Two slashes begin a message with one.
 * @throws TraseError `usage` for a command that there is not
 */
export function readLine(text: string): Line {
  if (text.trim() === '') return { kind: 'empty' }
  if (text.startsWith('//')) return { kind: 'message', text: text.slice(1) }
  if (!text.startsWith('/')) return { kind: 'message', text }
  const word = /^\/([^\s:]*)/.exec(text)?.[1]?.toLowerCase() ?? ''
  const name = Object.hasOwn(slashCommands, word) ? (word as SlashCommand) : entry(word)
  if (name === undefined) throw unknown(word)
  // Only /model takes more words.
  const rest = text.slice(word.length + 1).trim()
  if (name !== 'model' && rest !== '') {
    throw new TraseError('usage', `/${word} takes nothing more`, {
      hint: `a message that begins with a slash: //${word}`,
    })
  }
  return { kind: 'command', name, text }
}

/** All that can be completed to one command, null when there is none or more than one. */
export function completeCommand(text: string): string | null {
  if (!/^\/\w*$/.test(text)) return null
  const fitting = Object.keys(slashCommands).filter((name) => name.startsWith(text.slice(1)))
  if (fitting.length !== 1) return null
  return fitting[0] === 'model' ? '/model ' : `/${fitting[0]}`
}

function entry(word: string): SlashCommand | undefined {
  return Object.hasOwn(others, word) ? others[word] : undefined
}

function unknown(word: string): TraseError {
  const near = suggest(word, [...Object.keys(slashCommands), ...Object.keys(others)])
  const asMessage = 'to send it as a message, begin with //'
  const hint = near === undefined ? `see /help; ${asMessage}` : `did you mean /${near}? (${asMessage})`
  return new TraseError('usage', `there is no command ${quoted(`/${word}`)}`, { hint })
}
