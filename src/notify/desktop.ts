// Shows a notice on the desktop of the user who runs the gateway: notify-send where freedesktop.org's notifications are, osascript on macOS.
import { findProgram } from '../find-program.ts'
import type { ChannelOf } from '../domain/notice-channel.ts'
import type { NoticeData } from '../domain/notice-text.ts'
import type { Delivery, DeliveryDeps } from './delivery.ts'
import { runNotifier } from './run-notifier.ts'

/** The texts are arguments, so that nothing of them is read as a script. */
const appleScript = [
  'on run argv',
  'display notification (item 2 of argv) with title (item 1 of argv)',
  'end run',
].flatMap((line) => ['-e', line])

const urgencies = { warning: 'normal', error: 'critical' } as const

export async function deliverToDesktop(
  deps: DeliveryDeps,
  _settings: ChannelOf<'desktop'>,
  { title, text, severity }: NoticeData,
): Promise<Delivery> {
  const name = desktopProgram(deps.host)
  const program = await findProgram(deps.host, name)
  if (program === null) return { ok: false, reason: `${name} is not installed`, isLasting: true }
  if (name === 'osascript') return runNotifier(deps, { program, args: [...appleScript, title, text] })
  const args = ['--app-name=TraseAI', `--urgency=${urgencies[severity]}`, '--', title, asMarkup(text)]
  return runNotifier(deps, { program, args })
}

export function desktopProgram({ platform }: Pick<DeliveryDeps['host'], 'platform'>): 'osascript' | 'notify-send' {
  return platform === 'darwin' ? 'osascript' : 'notify-send'
}

/** The body may hold marks, https://specifications.freedesktop.org/notification-spec/latest/markup.html */
function asMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
