// A paragraph below the options of a command's help, wrapped like the rest of it.
import type { Command } from 'commander'

/** A sentence, or what can be typed and what it means: those form two columns. */
export type HelpLine = string | readonly [term: string, meaning: string]

/** @param lines each is wrapped by itself */
export function addHelpNote(command: Command, lines: readonly HelpLine[]): Command {
  const termWidth = Math.max(0, ...lines.map((line) => (typeof line === 'string' ? 0 : line[0].length)))
  return command.addHelpText('after', ({ command: shown, error }) => {
    const { getOutHelpWidth, getErrHelpWidth } = shown.configureOutput()
    const helpWidth = (error ? getErrHelpWidth?.() : getOutHelpWidth?.()) ?? 80
    const help = shown.createHelp()
    help.prepareContext({ helpWidth })
    const written = lines.map((line) => {
      if (typeof line === 'string') return help.boxWrap(line, helpWidth)
      const [term, meaning] = line
      // Where the terms leave too little room beside them, the meaning goes below.
      if (termWidth + meaningWidthMin > helpWidth) return `  ${term}\n${indented(help.boxWrap(meaning, helpWidth - 4))}`
      return help.formatItem(term, termWidth, meaning, help)
    })
    return `\n${written.join('\n')}`
  })
}

const meaningWidthMin = 24

function indented(text: string): string {
  return text.replace(/^/gm, '    ')
}
