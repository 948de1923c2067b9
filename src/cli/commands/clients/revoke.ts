// `clients revoke NAME`: refuses a client's token from now on.
import type { Command } from 'commander'
import type { Act, Context } from '../../context.ts'

export function registerClientsRevoke(clients: Command, act: Act): void {
  clients
    .command('revoke')
    .description('refuse the token of a client from now on')
    .argument('<name>', 'the client')
    .action((name: string) => act((context) => runClientsRevoke(context, name)))
}

export async function runClientsRevoke(context: Context, name: string): Promise<number> {
  const revoked = await (await context.gateway()).call('clients.revoke', { name })
  context.io.print(revoked, () => `the token of ${revoked.name} is no longer accepted`)
  return 0
}
