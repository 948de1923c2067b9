// A paragraph below the options of a command's help, wrapped like the rest of it.
import type { Command } from 'commander'

/** @param lines each is wrapped by itself */
export function addHelpNote(command: Command, lines: readonly string[]): Command {
  return command.addHelpText('after', ({ command: shown, error }) => {
    const { getOutHelpWidth, getErrHelpWidth } = shown.configureOutput()
    const width = (error ? getErrHelpWidth?.() : getOutHelpWidth?.()) ?? 80
    const help = shown.createHelp()
    return `\n${lines.map((line) => help.boxWrap(line, width)).join('\n')}`
  })
}
