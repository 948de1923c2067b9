// Homes with a key in `.env` and a stored one, their backups, and gateways on them that end with the test.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import { openSealedHomes, type SealedHomes } from './sealed-homes.ts'

export const profileId = 'anthropic:work'
export const secret = 'sk-ant-test-0123456789abcdefghijklmnop'

export interface BackedUpHomes extends SealedHomes {
  start(home: string, env?: Readonly<Record<string, string>>): Promise<GatewayProcess>
  stop(gateway: GatewayProcess): Promise<void>
  /** Makes `<name>-home` and `<name>.age`; `position` is where the backup ends. */
  makeBackup(
    name: string,
    env?: Readonly<Record<string, string>>,
    configuration?: Readonly<Record<string, unknown>>,
  ): Promise<{ home: string; position: number }>
  /** The stored secret, as a gateway on that home gives it. */
  revealed(home: string, env?: Readonly<Record<string, string>>): Promise<string>
}

export async function openBackedUpHomes(): Promise<BackedUpHomes> {
  const homes = await openSealedHomes()
  const running = new Set<GatewayProcess>()

  async function start(home: string, env: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
    const gateway = await startGateway({ home, env })
    running.add(gateway)
    return gateway
  }

  async function stop(gateway: GatewayProcess): Promise<void> {
    running.delete(gateway)
    await gateway.stop()
  }

  return {
    ...homes,
    start,
    stop,
    async makeBackup(name, env = {}, configuration = {}) {
      const home = homes.path(`${name}-home`)
      await mkdir(home, { mode: 0o700 })
      const settings = JSON.stringify({ gateway: { port: 0 }, ...configuration })
      await writeFile(join(home, 'traseai.json'), settings, { mode: 0o600 })
      const keys = '# mine\nOPENAI_API_KEY=sk-test-kept-in-the-env-file\n'
      await writeFile(join(home, '.env'), keys, { mode: 0o600 })
      const gateway = await start(home, env)
      await gateway.client.call('credentials.add', { profileId, provider: 'anthropic', kind: 'api_key', secret })
      const { stdout, stderr } = await homes.backup(home, `${name}.age`, '--json')
      if (stdout === '') throw new Error(stderr)
      await stop(gateway)
      return { home, position: (JSON.parse(stdout) as { position: number }).position }
    },
    async revealed(home, env = {}) {
      const gateway = await start(home, env)
      const found = await gateway.client.call('credentials.reveal', { profileId })
      await stop(gateway)
      return found.secret
    },
    async remove() {
      for (const gateway of running) await gateway.stop()
      await homes.remove()
    },
  }
}
