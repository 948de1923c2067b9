// `clients issue NAME`: a token for a program that uses the HTTP gateway.
import type { Command } from 'commander'
import { TraseError } from '../../../errors.ts'
import type { Act, Context } from '../../context.ts'

export function registerClientsIssue(clients: Command, act: Act): void {
  clients
    .command('issue')
    .description('print a token for a client of the gateway; it is shown this once')
    .argument('<name>', 'a name to list and revoke it by: letters, digits and . _ : @ -')
    .action((name: string) => act((context) => runClientsIssue(context, name)))
}

export async function runClientsIssue(context: Context, name: string): Promise<number> {
  const { io } = context
  const gateway = await context.gateway()
  const issued = await gateway.call('clients.issue', { name }).catch((error: unknown) => {
    throw refusedName(error, name)
  })
  io.print(issued, () => issued.token)
  io.note(
    `the token of ${issued.name} is not kept and cannot be shown again; a client presents it where its API key would be`,
  )
  io.note(`take it back: traseai clients revoke ${issued.name}`)
  return 0
}

/** The name is the only parameter, so wrong parameters mean a wrong name. */
function refusedName(error: unknown, name: string): unknown {
  if (!(error instanceof TraseError) || !Array.isArray(error.data?.['issues'])) return error
  return new TraseError('usage', `${JSON.stringify(name)} cannot be the name of a client`, {
    hint: 'a name has letters, digits and . _ : @ -, begins with a letter or digit, and is at most 64 long',
  })
}
