// A running gateway, and the program beside it as a user of the same home.
import { startGateway, type GatewayProcess, type GatewayProcessOptions } from '../support/gateway-process.ts'
import { runCli, type Outcome, type RunOptions } from './run-cli.ts'

export interface CliWithGateway {
  readonly gateway: GatewayProcess
  run(...args: string[]): Promise<Outcome>
  runWith(options: RunOptions, ...args: string[]): Promise<Outcome>
  /** The one JSON value on stdout. */
  json<T>(...args: string[]): Promise<T>
}

export async function startWithCli(options: GatewayProcessOptions = {}): Promise<CliWithGateway> {
  const gateway = await startGateway(options)
  const runWith: CliWithGateway['runWith'] = (given, ...args) => runCli(gateway.home, ['--no-start', ...args], given)
  return {
    gateway,
    runWith,
    run: (...args) => runWith({}, ...args),
    async json<T>(...args: string[]) {
      const { stdout, stderr } = await runWith({}, '--json', ...args)
      if (stdout === '') throw new Error(stderr)
      return JSON.parse(stdout) as T // the caller says what it asked for
    },
  }
}

/** Not a key of anybody; the end is what may be shown. */
export const fakeKey = (end: string): string => `sk-ant-test-0123456789abcdef${end}`
