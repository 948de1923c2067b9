// `clients list`: who has a token.
import type { Command } from 'commander'
import type { Result } from '../../../protocol/contract.ts'
import type { Act, Context } from '../../context.ts'
import { renderTable } from '../../render/table.ts'
import { localTime, relativeTime } from '../../render/time.ts'

export function registerClientsList(clients: Command, act: Act): void {
  clients
    .command('list')
    .description('list the clients that hold a token')
    .action(() => act(runClientsList))
}

export async function runClientsList(context: Context): Promise<number> {
  const { io } = context
  const clients = await (await context.gateway()).call('clients.list', {})
  io.print(clients, () => (clients.length === 0 ? 'no client holds a token' : render(clients, context)))
  if (clients.length === 0) io.note('hint: traseai clients issue <name>')
  return 0
}

function render(clients: Result<'clients.list'>, { host, io }: Context): string {
  const rows = clients.map(({ name, issuedAt, boundToPid }) => [
    name,
    `${localTime(issuedAt)} (${relativeTime(issuedAt, host.now())})`,
    boundToPid === null ? 'until it is revoked' : `while process ${boundToPid} lives`,
  ])
  const columns = [{ title: 'NAME' }, { title: 'ISSUED', wraps: true }, { title: 'VALID', wraps: true }]
  return renderTable(columns, rows, { width: io.width, styleTitle: io.paint.dim })
}
