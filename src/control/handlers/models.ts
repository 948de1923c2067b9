// Handlers about providers and their models: the status report, with probes when asked for, and the lists of models.
import type { ParsedParams } from '../../protocol/contract.ts'
import type { Answer, CallContext, Caller, Handlers } from '../handler.ts'
import { agentOr } from '../known.ts'

/** For all providers of a call together. */
const askingMsDefault = 8_000

export const modelHandlers = {
  'models.status': status,
  'models.list': ({ provider, agent, timeoutMs = askingMsDefault, fresh = false }, { deps, caller }) => {
    const known = provider === undefined ? null : deps.provider(provider)
    const request = { provider: known, agent: agentOr(deps, agent), timeoutMs, fresh }
    return whileThere(caller, (signal) => deps.questions.models({ ...request, signal }))
  },
} as const satisfies Handlers<'models.status' | 'models.list'>

async function status(
  { agent, probe = false, timeoutMs = askingMsDefault }: ParsedParams<'models.status'>,
  { deps, caller }: CallContext,
): Promise<Answer<'models.status'>> {
  const report = deps.statusReport(agent === undefined ? null : agentOr(deps, agent))
  if (!probe) return report
  return whileThere(caller, (signal) =>
    deps.questions.probed(report, {
      timeoutMs,
      signal,
      onProbed: (profileId, { outcome }) => caller.notify('models.probed', { profileId, outcome }),
    }),
  )
}

/** Nobody waits for the answers of providers once the caller is gone. */
async function whileThere<T>(caller: Caller, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const gone = new AbortController()
  const stop = caller.whenGone(() => gone.abort())
  try {
    return await work(gone.signal)
  } finally {
    stop()
  }
}
