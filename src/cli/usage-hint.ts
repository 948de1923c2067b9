// What to type instead of a command line that could not be parsed.
import type { Command, CommanderError, Option } from 'commander'
import { suggest } from '../domain/suggest.ts'

/** A longer word is not repeated in a hint: it may be a secret that somebody tried to pass. */
const repeatedCharactersMax = 24

/** @param argv what was typed after the program's name */
export function usageHint({ code, message }: CommanderError, program: Command, argv: readonly string[]): string {
  const path = commandPath(program, argv)
  const command = path.at(-1) ?? program
  const unknown = /unknown command '(.*)'/.exec(message)?.[1]
  if (unknown !== undefined) return unknownCommandHint(command, unknown)
  const toRun = code === 'commander.unknownOption' && command.name() === 'exec' ? execWithDashes(path, argv) : null
  if (toRun) return `options of the program go behind --: traseai exec ${toRun.join(' ')}`
  if (code === 'commander.excessArguments' && command.name() === 'chat') {
    return 'a message comes through a pipe: echo "your question" | traseai chat'
  }
  // Commander says `error: unknown option '--jsn'\n(Did you mean --json?)`.
  const near = /\n\(Did you mean (.*)\?\)$/.exec(message)?.[1]
  return near === undefined ? seeHelp(command) : `did you mean ${near}?`
}

/** The commands below `parent` that end with the word, else the one that is spelled like it, else where to look. */
export function unknownCommandHint(parent: Command, word: string): string {
  const names = commandsEndingIn(parent, word).map((command) => wordsOf(command).join(' '))
  if (names.length > 0) return `did you mean ${inWords(names)}?`
  const known = parent.commands.map((command) => command.name())
  const near = suggest(word, known)
  return near === undefined ? seeHelp(parent) : `did you mean ${near}?`
}

function commandsEndingIn(parent: Command, word: string): Command[] {
  return parent.commands.flatMap((command) => [
    ...(command.name() === word ? [command] : []),
    ...commandsEndingIn(command, word),
  ])
}

/** The commands from the program on that lead to the one that was typed: for `models --home x statsu` the program and `models`. */
function commandPath(program: Command, argv: readonly string[]): Command[] {
  const path = [program]
  for (const word of argv) {
    const next = path.at(-1)?.commands.find((command) => command.name() === word)
    if (next) path.push(next)
  }
  return path
}

/** What was typed after `exec`, with -- before the program: the first word that is neither an option nor its value. Null without one. */
function execWithDashes(path: readonly Command[], argv: readonly string[]): string[] | null {
  const options = path.flatMap((command) => command.options)
  const optionOf = (word: string): Option | undefined =>
    options.find(({ short, long }) => word === short || word === long)
  const words = argv.slice(argv.indexOf('exec') + 1)
  for (const [index, word] of words.entries()) {
    if (optionOf(words[index - 1] ?? '')?.required) continue
    if (word === '--') return null
    if (!word.startsWith('-')) return [...words.slice(0, index), '--', ...words.slice(index)].map(repeated)
    if (!optionOf(word.split('=')[0] ?? '')) return null
  }
  return null
}

function repeated(word: string): string {
  return word.length <= repeatedCharactersMax && /^[\w./:@%+,-]+$/.test(word) ? word : '…'
}

/** `models`, `status`: what is typed after the program's name. */
function wordsOf(command: Command): string[] {
  return command.parent ? [...wordsOf(command.parent), command.name()] : []
}

function seeHelp(command: Command): string {
  return `see: ${['traseai', ...wordsOf(command), '--help'].join(' ')}`
}

function inWords(names: readonly string[]): string {
  return names.length === 1 ? String(names[0]) : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}
