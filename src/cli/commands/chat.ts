// `chat`: a conversation with a model at the terminal, or one message through a pipe.
import type { Command } from 'commander'
import { TraseError } from '../../errors.ts'
import type { Act } from '../context.ts'
import { addHelpNote } from '../help-note.ts'
import { loadInteractive } from '../interactive-bundle.ts'

interface Words {
  readonly model?: string
  readonly session?: string
  readonly agent?: string
  readonly system?: string
  readonly systemFile?: string
}

export function registerChat(program: Command, act: Act): void {
  const command = program
    .command('chat')
    .description('talk to a model; from a pipe: one message, and only the answer on stdout')
    .option('--model <model>', '<provider>/<model> or an alias, with @<credential> to pin one')
    .option('--session <id>', 'go on with what /model chose in this session (default: a new one)')
    .option('--agent <id>', 'with the credentials of this agent')
    .option('--system <text>', 'what the model is told first')
    .option('--system-file <path>', 'the same from a file')
    .action((words: Words) =>
      act(async (context) => {
        const { model, session, agent, system, systemFile } = words
        if (system !== undefined && systemFile !== undefined) {
          throw new TraseError('usage', 'there is one --system, from the command line or from a file')
        }
        const { chat } = await loadInteractive(context)
        return chat(context, { model, session, agent, system, systemFile })
      }),
    )
  addHelpNote(command, [
    'At the prompt, /help lists the commands; Ctrl-C stops an answer, and a \\ at the end goes on in the next line.',
    'Nothing of a conversation is kept on disk.',
  ])
}
