// `env path`: where the .env file of this home is, or would be.
import type { Command } from 'commander'
import type { Act, Context } from '../../context.ts'

export function registerEnvPath(env: Command, act: Act): void {
  env
    .command('path')
    .description('print the path of the .env file (needs no gateway)')
    .action(() => act(runEnvPath))
}

export function runEnvPath({ host, io }: Context): Promise<number> {
  const { envFile } = host.paths
  io.print({ path: envFile }, () => envFile)
  return Promise.resolve(0)
}
