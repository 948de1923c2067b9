// The CLI from argv to exit status: parses, hands the work its context, and turns what goes wrong into words.
import type { Command } from 'commander'
import { realHost, type Environment } from '../host.ts'
import type { Context } from './context.ts'
import { exitStatus, reportFailure } from './exit-status.ts'
import { openGatewayConnections } from './gateway-connections.ts'
import { hasColor, openIo, terminalWidth, writeNote, type Io, type Streams } from './io.ts'
import { buildProgram, type GlobalOptions } from './program.ts'

export interface MainOptions extends Streams {
  readonly env: Environment
  /** What was typed after the program's name. */
  readonly argv: readonly string[]
  /** Loads the daemon's bundle; called only to run a gateway in this process. */
  loadDaemon(): Promise<unknown>
  readonly packageRoot: string
}

/** Columns of help that goes to no terminal. */
const helpWidthElsewhere = 100

/** Never rejects; the result is the exit status. */
export async function main(options: MainOptions): Promise<number> {
  const { argv } = options
  const closers: (() => void)[] = []
  let status: number = exitStatus.ok
  const program = buildProgram(async (work) => {
    const globals = program.opts<GlobalOptions>()
    const io = openIo(options, options.env, { json: globals.json ?? false, color: globals.color })
    const context = openContext(options, globals, io, closers)
    const reader = io.readerGone.then(() => exitStatus.ok)
    const done = work(context).then(async (workStatus) => {
      await io.flush()
      return workStatus
    })
    status = await Promise.race([reader, done])
  })
  writeHelpTo(program, options)
  try {
    await program.parseAsync(argv, { from: 'user' })
    return status
  } catch (error) {
    const failure = reportFailure(error, { json: wantsJson(argv), helpCommand: helpCommandFor(program, argv) })
    if (failure.text !== '') writeNote(options.stderr, failure.text)
    return failure.status
  } finally {
    for (const close of closers) close()
  }
}

function openContext(options: MainOptions, globals: GlobalOptions, io: Io, closers: (() => void)[]): Context {
  const { env, packageRoot } = options
  const host = realHost({ env: globals.home === undefined ? env : { ...env, TRASEAI_HOME: globals.home } })
  const connections = openGatewayConnections({ host, io, packageRoot, mayStart: globals.start })
  closers.push(() => connections.close())
  return { host, io, packageRoot, loadDaemon: () => options.loadDaemon(), ...connections }
}

/** Help goes where commander sends it, at the terminal's width; errors are written by `reportFailure` instead. */
function writeHelpTo(program: Command, options: MainOptions): void {
  const { env } = options
  const output = {
    writeOut: (text: string): void => void options.stdout.write(text),
    writeErr: (text: string): void => writeNote(options.stderr, text),
    outputError: (): void => {},
    getOutHelpWidth: (): number => terminalWidth(options.stdout) ?? helpWidthElsewhere,
    getErrHelpWidth: (): number => terminalWidth(options.stderr) ?? helpWidthElsewhere,
    getOutHasColors: (): boolean => hasColor(options.stdout, env),
    getErrHasColors: (): boolean => hasColor(options.stderr, env),
  }
  const visit = (command: Command): void => {
    command.configureOutput(output)
    command.commands.forEach(visit)
  }
  visit(program)
}

/** Parsing may have failed before it came to --json. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json')
}

/** `traseai models status --help` for `traseai models --home x status --chek`. */
function helpCommandFor(program: Command, argv: readonly string[]): string {
  const names = [program.name()]
  let command = program
  for (const word of argv) {
    const next = command.commands.find((candidate) => candidate.name() === word)
    if (!next) continue
    command = next
    names.push(word)
  }
  return `${names.join(' ')} --help`
}
