// What parses the command line: commander's program, of the commands in the tree and the options that all of them have.
import { Command, InvalidArgumentError, type OutputConfiguration } from 'commander'
import { version } from '../version.ts'
import { commandTree, type Group } from './command-tree.ts'
import type { Act } from './context.ts'
import { addHelpNote, type HelpLine } from './help-note.ts'

/** What every command understands, before or after its name. */
export interface GlobalOptions {
  readonly json?: true
  readonly home?: string
  readonly color: boolean
  readonly start: boolean
}

const notes: readonly HelpLine[] = [
  'To begin:',
  ['traseai onboard', 'find the keys of this machine, and choose'],
  ['traseai env set ANTHROPIC_API_KEY', 'give the gateway a key'],
  ['traseai models status', 'see what it makes of it'],
  ['traseai exec -- YOUR-PROGRAM', 'run anything that uses an AI SDK with it'],
]

/** Commands that print something about all others. */
const aboutAll: ReadonlySet<string> = new Set(['completion', 'help'])

export interface ProgramOptions {
  /** What was typed: only the way to a command that it begins with is built; all of them take a millisecond. */
  readonly argv?: readonly string[]
  /** Where help goes. */
  readonly output?: OutputConfiguration
}

/** @param act runs the work of the command that was typed; see `Act` */
export function buildProgram(act: Act, { argv = [], output = {} }: ProgramOptions = {}): Command {
  const program = new Command('traseai')
    .description("Keeps this host's AI-provider credentials and hands the right one to each model request.")
    .option('--json', 'print one JSON value on stdout; notes and errors as lines of JSON on stderr')
    .option('--home <dir>', 'the directory that holds everything (TRASEAI_HOME; default ~/.traseai)', directory)
    .option('--no-color', 'no colours (also NO_COLOR; FORCE_COLOR forces them)')
    .option('--no-start', 'do not start the gateway when it is not running')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print what a command accepts')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, minWidthToWrap: 16, subcommandTerm: (command) => command.name() })
    .configureOutput(output)
    .showSuggestionAfterError()
    .exitOverride()
  addHelpNote(program, notes)
  addCommands(program, commandTree, aboutAll.has(argv[0] ?? '') ? [] : argv, act)
  return program
}

/** @param words what was typed behind the parent; anything but the name of a command means all of them */
function addCommands(parent: Command, commands: Group['commands'], words: readonly string[], act: Act): void {
  const [word = '', ...rest] = words
  const isName = Object.hasOwn(commands, word)
  for (const name of isName ? [word] : Object.keys(commands)) {
    const entry = commands[name]
    if (typeof entry === 'function') entry(parent, act)
    else if (entry) {
      const group = parent.command(name).description(entry.description).helpCommand(false)
      if (entry.notes) addHelpNote(group, entry.notes)
      addCommands(group, entry.commands, isName ? rest : [], act)
    }
  }
}

/** `--home "$UNSET"` must not work on the home of every day. */
function directory(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError('The name of a directory is needed.')
}
