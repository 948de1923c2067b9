// Says that an answer is not of the traseai.json that was just edited, because that one is broken.
import type { GatewayClient } from '../client/connect.ts'
import type { Context } from './context.ts'
import { gatewayStatus } from './gateway-status.ts'
import { renderProblem } from './render/problem.ts'

/** For stderr, behind an answer about settings; nothing when the file is as it should be. */
export async function noteBrokenSettings({ io }: Pick<Context, 'io'>, gateway: GatewayClient): Promise<void> {
  const { configuration } = await gatewayStatus(gateway)
  if (configuration.ok) return
  for (const problem of configuration.problems) io.note(renderProblem(problem))
  io.note('note: traseai.json is broken, and this is about the last good one')
}
