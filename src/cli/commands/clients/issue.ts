// `clients issue NAME`: a token for a program that uses the HTTP gateway.
import type { Command } from 'commander'
import type { Act, Context } from '../../context.ts'

export function registerClientsIssue(clients: Command, act: Act): void {
  clients
    .command('issue')
    .description('print a token for a client of the gateway; it is shown this once')
    .argument('<name>', 'a name to list and revoke it by')
    .action((name: string) => act((context) => runClientsIssue(context, name)))
}

export async function runClientsIssue(context: Context, name: string): Promise<number> {
  const { io } = context
  const gateway = await context.gateway()
  const issued = await gateway.call('clients.issue', { name })
  io.print(issued, () => issued.token)
  io.note(
    `the token of ${issued.name} is not kept and cannot be shown again; a client presents it where its API key would be`,
  )
  io.note(`take it back: traseai clients revoke ${issued.name}`)
  return 0
}
