// `onboard`: finds keys on this machine and gives the gateway those that the user wants, in a dialogue or without one.
import { Option, type Command } from 'commander'
import { suggestionOr } from '../../domain/suggest.ts'
import { quoted, TraseError } from '../../errors.ts'
import type { Act } from '../context.ts'
import { importTools, type ImportTool } from '../import-tools.ts'
import { loadInteractive, type GivenKey } from '../interactive-bundle.ts'
import { listOf } from '../option-values.ts'

interface Words {
  readonly nonInteractive?: true
  readonly plain?: true
  readonly agent?: string
  readonly import?: readonly string[]
  readonly store?: 'vault' | 'env'
  readonly replace?: true
  readonly defaultModel?: string
}

/** Options that a dialogue asks for instead. */
const forScripts = ['import', 'store', 'replace', 'defaultModel'] as const

export function registerOnboard(program: Command, act: Act): void {
  const keys = openGivenKeys()
  const command = program
    .command('onboard')
    .description('find the keys of this machine, and give the gateway those you choose')
    .option('--plain', 'ask in plain lines, for screen readers (also ACCESSIBLE=1 or TERM=dumb)')
    .option('--agent <id>', 'for this agent alone')
    .option('--non-interactive', 'ask nothing: do what the following options say')
    .option('--import <tools>', `take the keys of these: ${importTools.join(', ')}; or all`, listOf)
    .option('--provider <id>', 'whose key the next option brings; may be repeated with it')
    .option('--api-key-file <path>', 'an API key from a file')
    .option('--api-key-stdin', 'an API key from standard input')
    .option('--token-file <path>', 'a token, such as that of claude setup-token, from a file')
    .option('--token-stdin', 'a token from standard input')
    .addOption(new Option('--store <where>', 'where keys are kept (default: vault)').choices(['vault', 'env']))
    .option('--replace', 'let a new value take the place of the one a credential has')
    .option('--default-model <model>', 'the model of a session that picked none')
    .action((words: Words) =>
      act(async (context) => {
        const given = keys.taken()
        const interactive = words.nonInteractive !== true
        const forScript = forScripts.find((name) => words[name] !== undefined)
        if (interactive && (forScript !== undefined || given.length > 0)) throw needsNonInteractive()
        if (words.store === 'env' && words.agent !== undefined) throw envIsForAll()
        const { agent, plain = false, store = 'vault', replace = false, defaultModel } = words
        const { onboard } = await loadInteractive(context)
        return onboard(context, {
          interactive,
          plain,
          agent,
          keys: given,
          imports: importedTools(words.import ?? []),
          store,
          replace,
          defaultModel,
        })
      }),
    )
  keys.listenTo(command)
}

/** Null for all of them. @throws TraseError `not_found` with a suggestion */
function importedTools(names: readonly string[]): readonly ImportTool[] | null {
  if (names.includes('all')) return null
  return names.map((name) => {
    const tool = importTools.find((known) => known === name)
    if (tool !== undefined) return tool
    throw new TraseError('not_found', `nothing can be imported from ${quoted(name)}`, {
      hint: suggestionOr(name, importTools, `--import all, or any of: ${importTools.join(', ')}`),
    })
  })
}

/** Pairs each key with the provider that was named before it: commander calls back in the order of the words. */
function openGivenKeys(): { listenTo(command: Command): void; taken(): readonly GivenKey[] } {
  const keys: GivenKey[] = []
  let provider: string | null = null
  const add = (kind: GivenKey['kind'], file: string | null): void => {
    if (provider === null) throw unpaired('a key without the provider it is for')
    if (file === null && keys.some((key) => key.file === null)) throw unpaired('two keys from one standard input')
    keys.push({ provider, kind, file })
    provider = null
  }
  return {
    listenTo(command) {
      command.on('option:provider', (id: string) => (provider = id))
      command.on('option:api-key-file', (path: string) => add('api_key', path))
      command.on('option:api-key-stdin', () => add('api_key', null))
      command.on('option:token-file', (path: string) => add('token', path))
      command.on('option:token-stdin', () => add('token', null))
    },
    taken() {
      if (provider !== null) throw unpaired(`no key for ${provider}`)
      return keys
    },
  }
}

function unpaired(message: string): TraseError {
  return new TraseError('usage', message, {
    hint: 'each key behind its provider: --provider anthropic --api-key-file FILE --provider openai --api-key-stdin',
  })
}

function envIsForAll(): TraseError {
  return new TraseError('usage', 'the keys of .env are for every agent', {
    hint: 'leave out --agent, or keep the keys in the vault: --store vault',
  })
}

function needsNonInteractive(): TraseError {
  return new TraseError('usage', 'keys, imports and a default model on the command line are for --non-interactive', {
    hint: 'without these options, onboard asks: traseai onboard',
  })
}
