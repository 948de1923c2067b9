// Says which credential requests use from now on, after a change that may have moved it.
import type { Context } from './context.ts'

/** On stderr: it is a remark, not what was asked for. */
export async function sayNext(context: Context, provider: string): Promise<void> {
  const gateway = await context.gateway()
  const { next } = await gateway.call('credentials.resolve', { provider })
  const said = next === null ? `note: ${provider} has no usable credential` : `note: requests use ${next}`
  context.io.note(said)
}
