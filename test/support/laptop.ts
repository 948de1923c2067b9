// A gateway on a machine that has a life: with a provider beside it, and figures of what it does meanwhile.
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { call, type Reply } from '../gateway/client.ts'
import { type GatewayProcess, type GatewayProcessOptions, startGateway } from './gateway-process.ts'
import { openProviderServer, type ProviderServer } from './provider-server.ts'

export interface LogLine {
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

export interface Laptop {
  readonly gateway: GatewayProcess
  readonly provider: ProviderServer
  /** A model request, with a client's token. */
  ask(): Promise<Reply>
  /** What the log says to who reads along, requests left out: it is there whatever becomes of the disk. */
  lines(): Promise<readonly LogLine[]>
  /** Processor time of the gateway so far. */
  cpuMs(): number
}

export const key = (end: string): string => `sk-ant-test-0123456789abcdef${end}`

/** A gateway on `home` with one key in .env, whose provider is a local server. */
export async function openLaptop(home: string, options: Omit<GatewayProcessOptions, 'home'> = {}): Promise<Laptop> {
  const provider = await openProviderServer()
  const settings = {
    gateway: { port: 0, holdMs: 0 },
    models: { providers: { anthropic: { baseUrl: provider.url } } },
    ...options.configuration,
  }
  await writeFile(join(home, 'traseai.json'), JSON.stringify(settings), { mode: 0o600 })
  await writeFile(join(home, '.env'), `ANTHROPIC_API_KEY=${key('0001')}\n`, { mode: 0o600 })
  const gateway = await startGateway({ ...options, home, args: ['--json'] })
  onTestFinished(async () => {
    gateway.client.close()
    await gateway.kill9()
    await provider.close()
  })
  const { token } = await gateway.client.call('clients.issue', { name: 'editor' })
  return {
    gateway,
    provider,
    ask: () => call(gateway.httpUrl, '/anthropic/v1/messages', { token, body: '{"model":"claude-sonnet-4-5"}' }),
    lines: async () =>
      gateway
        .written()
        .split('\n')
        .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as LogLine] : []))
        .filter(({ msg }) => msg !== 'model request'),
    cpuMs: () => cpuMsOf(gateway.pid),
  }
}

/** proc(5), /proc/pid/stat: utime and stime in ticks of 10 ms. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
