// `audit show POSITION`: one event, with everything it holds.
import type { Command } from 'commander'
import type { WireEvent } from '../../../protocol/contract.ts'
import type { Act, Context } from '../../context.ts'
import { wholeNumber } from '../../option-values.ts'
import { actorOf } from '../../render/event.ts'
import { renderFacts, type Fact } from '../../render/facts.ts'
import { printableLine } from '../../render/printable.ts'
import { localTime, relativeTime } from '../../render/time.ts'

export function registerAuditShow(audit: Command, act: Act): void {
  audit
    .command('show')
    .description('print one event with everything it holds')
    .argument('<position>', 'its number in the history', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .action((position: number) => act((context) => runAuditShow(context, position)))
}

export async function runAuditShow(context: Context, position: number): Promise<number> {
  const event = await (await context.gateway()).call('audit.get', { position })
  context.io.print(event, () => render(event, context))
  return 0
}

function render(event: WireEvent, { host, io }: Context): string {
  const { position, at, type, schema, stream, version, cause, data } = event
  const facts: Fact[] = [
    { name: 'event', value: String(position) },
    { name: 'type', value: `${type} (schema ${schema})` },
    { name: 'at', value: `${at} (${localTime(at)} here, ${relativeTime(at, host.now())})` },
    { name: 'stream', value: `${stream} (version ${version})` },
    { name: 'by', value: actorOf(event) },
    ...(event.actor.uid === undefined ? [] : [{ name: 'uid', value: String(event.actor.uid) }]),
    ...(cause === null ? [] : [{ name: 'cause', value: `event ${cause}` }]),
    ...Object.entries(data).map(([name, value]) => ({
      name: `data.${name}`,
      value: typeof value === 'string' ? value : JSON.stringify(value),
    })),
  ]
  const printable = facts.map(({ name, value }) => ({ name, value: printableLine(value) }))
  return renderFacts(printable, { width: io.width, styleName: io.paint.bold })
}
