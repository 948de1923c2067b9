// `exec -- CMD…`: runs a program with the gateway's addresses and a token that dies with it, and without any key.
import os from 'node:os'
import type { ChildProcess } from 'node:child_process'
import type { Command } from 'commander'
import type { GatewayClient } from '../../client/connect.ts'
import { errnoOf, messageOf, TraseError } from '../../errors.ts'
import type { Host } from '../../host.ts'
import { chosenProviders, clientEnvironment, httpOf, knownProviders } from '../client-environment.ts'
import { addHelpNote } from '../help-note.ts'
import type { Act, Context } from '../context.ts'
import type { Io } from '../io.ts'
import { listOf } from '../option-values.ts'

/** What shells answer: sh(1), "Exit Status for Commands". */
const status = { notExecutable: 126, notFound: 127, signalBase: 128 } as const

interface ExecOptions {
  readonly provider?: readonly string[]
}

export function registerExec(program: Command, act: Act): void {
  const command = program
    .command('exec')
    .description('run a program with the addresses of the gateway and a token that dies with it')
    .usage('[options] -- <command> [args...]')
    .argument('[command...]', 'the program and its arguments, after --')
    .option('--provider <id>', 'only this provider (repeat it, or use commas); default: all with a credential', listOf)
    .action((words: readonly string[], options: ExecOptions) =>
      act((context) => runExec(context, { words, providers: options.provider ?? [] })),
    )
  addHelpNote(command, [
    'Keys of providers are removed from the environment of the program.',
    'TRASEAI_BASE_URL and TRASEAI_API_KEY lead to the OpenAI-compatible entry, which serves every provider.',
    'Exits with its status; 128+n when signal n ended it, 127 not found, 126 not executable.',
  ])
}

interface ExecRun {
  readonly words: readonly string[]
  readonly providers: readonly string[]
}

export async function runExec(context: Context, { words, providers }: ExecRun): Promise<number> {
  const { host, io } = context
  const [command, ...args] = words
  if (command === undefined || command === '') {
    throw new TraseError('usage', 'which program?', { hint: 'traseai exec -- <command> [args...]' })
  }
  const gateway = await context.gateway()
  const report = await gateway.call('models.status', {})
  const { prefixes: keyPrefixes } = await gateway.call('env.list', {})
  const chosen = chosenProviders(await knownProviders(gateway, providers), report)
  // The connection stays open while the program runs: the gateway revokes a bound token when it ends, however that happens.
  const name = `exec-${host.pid}-${host.randomBytes(4).toString('hex')}`
  const { token } = await gateway.call('clients.issue', { name, bound: true })
  const { set, remove } = clientEnvironment({
    env: host.env,
    providers: chosen,
    http: httpOf(report),
    token,
    keyPrefixes,
  })
  const env: NodeJS.ProcessEnv = { ...host.env, ...Object.fromEntries(set) }
  for (const variable of remove) delete env[variable]
  try {
    return await runProgram(host, io, command, args, env)
  } finally {
    await revoke(context, gateway, name)
  }
}

async function runProgram(
  host: Host,
  io: Io,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  // Before the program starts: a signal that comes in its first moment must not end this process instead.
  const pass = passSignals(host, io)
  try {
    const child = host.spawn(command, args, { env, stdio: 'inherit' })
    pass.to(child)
    return await new Promise<number>((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code, signal) =>
        resolve(signal === null ? (code ?? 0) : status.signalBase + os.constants.signals[signal]),
      )
    })
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    io.note(`traseai: ${command}: ${errno === 'ENOENT' ? 'not found' : `cannot be executed (${errno})`}`)
    return errno === 'ENOENT' ? status.notFound : status.notExecutable
  } finally {
    pass.stop()
  }
}

/** Ctrl-C and Ctrl-\ at a terminal reach the program by themselves: passed on, they would come twice. */
function passSignals(host: Host, { stdin, stdout }: Io): { to(child: ChildProcess): void; stop(): void } {
  const fromTerminal = stdin.isTTY === true || stdout.isTTY === true
  let program: ChildProcess | null = null
  const pass = (signal: NodeJS.Signals) => () => void program?.kill(signal)
  const ignore = (): void => {}
  const stops = [
    ...(['SIGINT', 'SIGQUIT'] as const).map((signal) => host.onSignal(signal, fromTerminal ? ignore : pass(signal))),
    ...(['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const).map((signal) =>
      host.onSignal(signal, pass(signal)),
    ),
  ]
  return {
    // Listeners run between turns of the event loop, and the program is started within the same turn.
    to: (child) => void (program = child),
    stop: () => stops.forEach((stop) => stop()),
  }
}

/** The program's status is the answer; a token that cannot be revoked now dies with this process. */
async function revoke({ io }: Context, gateway: GatewayClient, name: string): Promise<void> {
  try {
    await gateway.call('clients.revoke', { name })
  } catch (error) {
    if (error instanceof TraseError && error.code === 'not_found') return
    io.note(`note: the token could not be revoked (${messageOf(error)}); it ends with this process`)
  }
}
