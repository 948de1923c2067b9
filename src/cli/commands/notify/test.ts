// `notify test`: sends a test over every channel, or over one, and says which took it.
import type { Command } from 'commander'
import { errorCatalogue } from '../../../errors.ts'
import type { Result } from '../../../protocol/contract.ts'
import type { Act, Context } from '../../context.ts'
import { addHelpNote } from '../../help-note.ts'
import { given } from '../../option-values.ts'
import { renderTable } from '../../render/table.ts'
import { noteNoChannel } from '../../no-channel-note.ts'
import { noteBrokenSettings } from '../../settings-note.ts'

type Outcomes = Result<'notify.test'>

/** A program of the user's has half a minute, and so many channels are tried at once. */
const timeoutMs = 60_000

export function registerNotifyTest(notify: Command, act: Act): void {
  const test = notify
    .command('test')
    .description('send a test over every channel of notify in traseai.json, or over one')
    .argument('[channel]', 'its name, as in: traseai notify list')
    .action((channel: string | undefined) => act((context) => runNotifyTest(context, channel)))
  addHelpNote(test, ['Exit status 1 when a channel did not take it, 78 when there is none. Quiet hours do not count.'])
}

export async function runNotifyTest(context: Context, channel: string | undefined): Promise<number> {
  const { io } = context
  const gateway = await context.gateway()
  const outcomes = await gateway.call('notify.test', given({ channel }), { timeoutMs })
  if (outcomes.length === 0) {
    if (io.json) io.print(outcomes, () => '')
    noteNoChannel(context)
    await noteBrokenSettings(context, gateway)
    return errorCatalogue.configuration_invalid.exitStatus
  }
  io.print(outcomes, () => render(outcomes, context))
  await noteBrokenSettings(context, gateway)
  return outcomes.every(({ ok }) => ok) ? 0 : 1
}

function render(outcomes: Outcomes, { io }: Context): string {
  const rows = outcomes.map(({ channel, kind, ok, reason }) => [
    channel,
    kind,
    ok ? { text: 'sent', style: io.paint.green } : { text: 'failed', style: io.paint.red },
    reason ?? '',
  ])
  const columns = [{ title: 'CHANNEL' }, { title: 'KIND' }, { title: 'OUTCOME' }, { title: 'WHY', wraps: true }]
  const shown = outcomes.some(({ ok }) => !ok) ? columns : columns.slice(0, 3)
  return renderTable(
    shown,
    rows.map((row) => row.slice(0, shown.length)),
    { width: io.width, styleTitle: io.paint.dim },
  )
}
