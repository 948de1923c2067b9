// `audit show POSITION`: one event, with everything it holds.
import type { Command } from 'commander'
import type { WireEvent } from '../../../protocol/contract.ts'
import type { Act, Context } from '../../context.ts'
import { wholeNumber } from '../../option-values.ts'
import { actorOf } from '../../render/event.ts'
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
  const facts: [string, string][] = [
    ['event', String(position)],
    ['type', `${type} (schema ${schema})`],
    ['at', `${at}, ${localTime(at)} here, ${relativeTime(at, host.now())}`],
    ['stream', `${stream} (version ${version})`],
    ['by', actorOf(event)],
    ...(event.actor.uid === undefined ? [] : [['uid', String(event.actor.uid)] satisfies [string, string]]),
    ...(cause === null ? [] : [['cause', `event ${cause}`] satisfies [string, string]]),
    ...Object.entries(data).map(([name, value]): [string, string] => [
      `data.${name}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ]
  const width = Math.max(...facts.map(([name]) => name.length))
  return facts.map(([name, value]) => `${io.paint.bold(name.padEnd(width))}  ${printableLine(value)}`).join('\n')
}
