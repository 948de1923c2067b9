// `notify list`: what a person should know of now, who was told, and how the channels are.
import type { Command } from 'commander'
import type { Result } from '../../../protocol/contract.ts'
import type { Act, Context } from '../../context.ts'
import { renderNotices } from '../../render/notices.ts'
import { noteNoChannel } from '../../no-channel-note.ts'
import { noteBrokenSettings } from '../../settings-note.ts'

export function registerNotifyList(notify: Command, act: Act): void {
  notify
    .command('list')
    .description('list what there is to tell, who was told and who will be, and the channels with their trouble')
    .action(() => act(runNotifyList))
}

export async function runNotifyList(context: Context): Promise<number> {
  const { io, host } = context
  const gateway = await context.gateway()
  const list: Result<'notify.list'> = await gateway.call('notify.list', {})
  io.print(list, () => renderNotices(list, { now: host.now(), width: io.width, paint: io.paint }))
  if (list.channels.length === 0) noteNoChannel(context)
  await noteBrokenSettings(context, gateway)
  return 0
}
