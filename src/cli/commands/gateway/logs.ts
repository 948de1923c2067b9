// `gateway logs`: the log of the gateway as lines for people, from its file or from where its service manager keeps it.
import type { Command } from 'commander'
import { errnoOf, TraseError } from '../../../errors.ts'
import type { Act, Context } from '../../context.ts'
import { installedService } from '../../installed.ts'
import { loadInteractive } from '../../interactive-bundle.ts'
import { followLines, lastLines } from '../../log-file.ts'
import { wholeNumber } from '../../option-values.ts'
import { renderLogLine } from '../../render/log-line.ts'

interface LogsOptions {
  readonly follow?: true
  readonly lines: number
}

export function registerGatewayLogs(gateway: Command, act: Act): void {
  gateway
    .command('logs')
    .description(
      'print the end of the log: logs/gateway.log, or what systemd keeps of a service (with --json: one object a line)',
    )
    .option('-f, --follow', 'go on with what is added, until Ctrl-C')
    .option('-n, --lines <count>', 'how many lines to begin with', wholeNumber(0, 100_000), 100)
    .action((options: LogsOptions) => act((context) => runGatewayLogs(context, options)))
}

export async function runGatewayLogs(context: Context, options: LogsOptions): Promise<number> {
  const service = await installedService(context)
  const { lines, follow = false } = options
  if (!service?.logCommand({ lines, follow })) return printLogFile(context, options)
  const { printServiceLog } = await loadInteractive(context)
  await printServiceLog(context, service, { lines, follow })
  return 0
}

async function printLogFile({ host, io }: Context, options: LogsOptions): Promise<number> {
  const path = host.paths.gatewayLog
  const print = (line: string): void => io.line(io.json ? line : renderLogLine(line, io.paint))
  try {
    const { lines, end } = await lastLines(path, options.lines)
    lines.forEach(print)
    if (options.follow) await followLines(path, end, print)
    return 0
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    throw new TraseError('file_unreadable', `there is no ${path}`, {
      hint: 'no gateway has logged here yet; one that another program runs logs to that program',
      cause: error,
    })
  }
}
