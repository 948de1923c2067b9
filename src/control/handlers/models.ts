// Handlers about providers and their models: the status report, with probes when asked for, and the lists of models.
import type { ParsedParams } from '../../protocol/contract.ts'
import type { Answer, CallContext, Handlers } from '../handler.ts'
import { agentOr } from '../known.ts'

/** For all providers of a call together. */
const askingMsDefault = 8_000

export const modelHandlers = {
  'models.status': status,
  'models.list': ({ provider, agent, timeoutMs = askingMsDefault, fresh = false }, { deps }) =>
    deps.questions.models({
      provider: provider === undefined ? null : deps.provider(provider),
      agent: agentOr(deps, agent),
      timeoutMs,
      fresh,
    }),
} as const satisfies Handlers<'models.status' | 'models.list'>

async function status(
  { agent, probe = false, timeoutMs = askingMsDefault }: ParsedParams<'models.status'>,
  { deps, caller }: CallContext,
): Promise<Answer<'models.status'>> {
  const report = deps.statusReport(agent === undefined ? null : agentOr(deps, agent))
  if (!probe) return report
  const gone = new AbortController()
  const stop = caller.whenGone(() => gone.abort())
  try {
    return await deps.questions.probed(report, {
      timeoutMs,
      signal: gone.signal,
      onProbed: (profileId, { outcome }) => caller.notify('models.probed', { profileId, outcome }),
    })
  } finally {
    stop()
  }
}
