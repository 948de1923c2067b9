// Tells a notice by a program of the user's: the text as its last argument, the whole notice as JSON on its standard input.
import { findProgram, isProgram } from '../find-program.ts'
import { configuredPath, type Host } from '../host.ts'
import type { ChannelOf } from '../domain/notice-channel.ts'
import type { NoticeData } from '../domain/notice-text.ts'
import type { Delivery, DeliveryDeps } from './delivery.ts'
import { runNotifier } from './run-notifier.ts'

type FindHost = Pick<Host, 'env' | 'paths' | 'execPath'>

export async function deliverToProgram(
  deps: DeliveryDeps,
  { command }: ChannelOf<'exec'>,
  notice: NoticeData,
): Promise<Delivery> {
  const [name = '', ...args] = command
  const program = await findNotifier(deps.host, name)
  if (program === null) return { ok: false, reason: `the program ${name} is not found`, isLasting: true }
  const text = `${notice.title}\n\n${notice.text}`
  return runNotifier(deps, { program, args: [...args, text], input: `${JSON.stringify(notice)}\n` })
}

/** A path, from the home directory when it is relative, or a name that is looked for as a shell would; null when there is none. */
async function findNotifier(host: FindHost, name: string): Promise<string | null> {
  return name.includes('/') ? configuredPath(host, name) : findProgram(host, name)
}

/** Whether there is such a program that this user may run. */
export async function hasProgram(host: FindHost, name: string): Promise<boolean> {
  const path = await findNotifier(host, name)
  return path !== null && (await isProgram(path))
}
