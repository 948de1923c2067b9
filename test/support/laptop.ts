// A gateway on a machine that has a life: with a provider and somebody who gets its notices beside it, and figures of what it does meanwhile.
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { NoticeData } from '../../src/domain/notice-text.ts'
import { call, type Reply } from '../gateway/client.ts'
import { type GatewayProcess, type GatewayProcessOptions, startGateway } from './gateway-process.ts'
import { openNoticeServer } from './notice-server.ts'
import { store } from './profiles-home.ts'
import { openProviderServer, type ProviderServer } from './provider-server.ts'

export interface LogLine {
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

export interface Laptop {
  readonly gateway: GatewayProcess
  readonly provider: ProviderServer
  /** Everything that was told. */
  notices(): readonly NoticeData[]
  /** A model request, with a client's token. */
  ask(): Promise<Reply>
  /** Stores `storedKey(name)` as `anthropic:<name>`. */
  store(name: string): Promise<unknown>
  /** What the log says to who reads along, requests left out: it is there whatever becomes of the disk. */
  lines(): readonly LogLine[]
  /** Processor time of the gateway so far. */
  cpuMs(): number
}

export interface LaptopOptions extends Omit<GatewayProcessOptions, 'home'> {
  /** What the provider's address calls it. */
  readonly providerName?: string
}

/** The key in `.env`. */
export const envKey = 'sk-ant-test-0123456789abcdef0001'

/** A gateway on `home` with one key in .env, whose provider is a local server. */
export async function openLaptop(home: string, options: LaptopOptions = {}): Promise<Laptop> {
  const { providerName = '127.0.0.1', ...started } = options
  const provider = await openProviderServer()
  const receiver = await openNoticeServer()
  const settings = {
    gateway: { port: 0, holdMs: 0 },
    models: { providers: { anthropic: { baseUrl: provider.url.replace('127.0.0.1', providerName) } } },
    notify: [{ kind: 'webhook', url: `${receiver.url}/notices` }],
    ...options.configuration,
  }
  await writeFile(join(home, 'traseai.json'), JSON.stringify(settings), { mode: 0o600 })
  await writeFile(join(home, '.env'), `ANTHROPIC_API_KEY=${envKey}\n`, { mode: 0o600 })
  const gateway = await startGateway({ ...started, home, args: ['--json'] })
  onTestFinished(async () => {
    gateway.client.close()
    await gateway.kill9()
    await provider.close()
    await receiver.close()
  })
  const { token } = await gateway.client.call('clients.issue', { name: 'editor' })
  return {
    gateway,
    provider,
    notices: () => receiver.taken.map(({ body }) => JSON.parse(body) as NoticeData),
    ask: () => call(gateway.httpUrl, '/anthropic/v1/messages', { token, body: '{"model":"claude-sonnet-4-5"}' }),
    store: (name) => store(gateway.client, name),
    lines: () =>
      gateway
        .written()
        .split('\n')
        .flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line) as LogLine] : []))
        .filter(({ msg }) => msg !== 'model request'),
    cpuMs: () => cpuMsOf(gateway.pid),
  }
}

/** proc(5), /proc/pid/stat: utime and stime in ticks of 10 ms. */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
