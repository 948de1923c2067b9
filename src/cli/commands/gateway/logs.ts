// `gateway logs`: the log of a gateway in the background, as lines for people.
import type { Command } from 'commander'
import { errnoOf, TraseError } from '../../../errors.ts'
import type { Act, Context } from '../../context.ts'
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
    .description('print the end of logs/gateway.log (with --json: the lines as they are)')
    .option('-f, --follow', 'go on with what is added, until Ctrl-C')
    .option('-n, --lines <count>', 'how many lines to begin with', wholeNumber(0, 100_000), 100)
    .action((options: LogsOptions) => act((context) => runGatewayLogs(context, options)))
}

export async function runGatewayLogs({ host, io }: Context, options: LogsOptions): Promise<number> {
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
      hint: 'no gateway has logged here yet; under systemd the journal has its log',
      cause: error,
    })
  }
}
