// The CLI from argv to exit status: parses, hands the work its context, and turns what goes wrong into words.
import { resolve } from 'node:path'
import { CommanderError, type OutputConfiguration } from 'commander'
import { otherProgram } from '../client/other-version.ts'
import { TraseError } from '../errors.ts'
import { realHost, type Environment } from '../host.ts'
import { isJournal, withPriority } from '../service/process/journal.ts'
import type { Act, Context } from './context.ts'
import { exitStatus, reportFailure } from './exit-status.ts'
import { openGatewayConnections } from './gateway-connections.ts'
import { openIo, writeNote, type Io } from './io.ts'
import { buildProgram, type GlobalOptions } from './program.ts'
import { openStandardOutput, type StandardOutput } from './standard-output.ts'
import { hasColor, terminalWidth, type Streams } from './streams.ts'
import { usageHint } from './usage-hint.ts'
import { openVersionRemark, type VersionRemark } from './version-remark.ts'

export interface MainOptions extends Streams {
  readonly env: Environment
  /** What was typed after the program's name. */
  readonly argv: readonly string[]
  /** Loads the daemon's bundle; called only to run a gateway in this process. */
  loadDaemon(): Promise<unknown>
  /** Loads the bundle of what only dialogues need. */
  loadInteractive(): Promise<unknown>
  readonly packageRoot: string
}

const stderrFd = 2
/** Columns of help that goes to no terminal. */
const helpWidthElsewhere = 100

/**
 * Never rejects; the result is the exit status. Everything has been written then, but what goes to stderr; connections
 * to the gateway end with the process.
 */
export async function main(options: MainOptions): Promise<number> {
  const { argv, env } = options
  const stdout = openStandardOutput(options)
  let status: number = exitStatus.ok
  const act: Act = async (work) => {
    const globals = program.opts<GlobalOptions>()
    const io = openIo(options, stdout, env, {
      json: globals.json ?? false,
      color: globals.color,
      home: namedHome(globals),
    })
    const { context, remark, otherVersion, lossOf, end } = openContext(options, globals, io)
    try {
      status = await work(context)
      remark.sayAtTerminal()
    } catch (error) {
      throw explained(await lossOf(error), otherVersion())
    } finally {
      end()
    }
  }
  const program = buildProgram(act, { argv, output: outputOf(options, stdout) })
  const done = async (): Promise<number> => {
    try {
      await program.parseAsync(argv, { from: 'user' })
    } finally {
      await stdout.flush()
    }
    return status
  }
  try {
    return await Promise.race([stdout.readerGone.then(() => exitStatus.ok), done()])
  } catch (error) {
    const failure = reportFailure(error, {
      json: wantsJson(argv),
      home: () => namedHome(program.opts<GlobalOptions>()),
      width: () => terminalWidth(options.stderr),
      usageHint: (refusal) => usageHint(refusal, program, argv),
    })
    const text = isJournal(env, stderrFd) ? withPriority('error', failure.text) : failure.text
    if (text !== '') writeNote(options.stderr, text)
    return failure.status
  }
}

function namedHome({ home }: GlobalOptions): string | undefined {
  return home === undefined ? undefined : resolve(home)
}

interface Opened {
  readonly context: Context
  readonly remark: VersionRemark
  /** See `GatewayConnections`. */
  readonly otherVersion: () => string | null
  readonly lossOf: (error: unknown) => Promise<unknown>
  /** A process that has loaded the daemon's bundle is not ended while connections are open, see bin/traseai.js. */
  readonly end: () => void
}

function openContext(options: MainOptions, globals: GlobalOptions, io: Io): Opened {
  const { env, packageRoot } = options
  const host = realHost({ env: globals.home === undefined ? env : { ...env, TRASEAI_HOME: globals.home } })
  let hasDaemon = false
  const loadDaemon = (): Promise<unknown> => {
    hasDaemon = true
    return options.loadDaemon()
  }
  const loaders = { loadDaemon, loadInteractive: () => options.loadInteractive() }
  const given = { host, io, packageRoot, mayStart: globals.start, loadInteractive: loaders.loadInteractive }
  const { otherVersion, lossOf, close, ...connections } = openGatewayConnections(given)
  const remark = openVersionRemark(io, otherVersion)
  const context: Context = { host, io, packageRoot, ...loaders, ...connections, remarkVersion: remark.say }
  return { context, remark, otherVersion, lossOf, end: () => (hasDaemon ? close() : undefined) }
}

/** A command that fails over an answer that it did not expect, of a gateway of another version, has no defect. */
function explained(error: unknown, otherVersion: string | null): unknown {
  if (otherVersion === null || error instanceof TraseError || error instanceof CommanderError) return error
  return otherProgram(otherVersion, new Error('its answer is not what this version expects', { cause: error }))
}

/** Help goes where commander sends it, at the terminal's width; errors are written by `reportFailure` instead. */
function outputOf(options: MainOptions, stdout: StandardOutput): OutputConfiguration {
  return {
    writeOut: (text) => stdout.write(text),
    // With --json `reportFailure` says what is missing, as one line of JSON.
    writeErr: (text) => (wantsJson(options.argv) ? undefined : writeNote(options.stderr, text)),
    outputError() {},
    getOutHelpWidth: () => terminalWidth(stdout) ?? helpWidthElsewhere,
    getErrHelpWidth: () => terminalWidth(options.stderr) ?? helpWidthElsewhere,
    getOutHasColors: () => hasColor(stdout, options.env),
    getErrHasColors: () => hasColor(options.stderr, options.env),
  }
}

/** Parsing may have failed before it came to --json. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json')
}
