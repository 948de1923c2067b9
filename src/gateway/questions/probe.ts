// Tries credentials against free endpoints of their providers, side by side and within one time limit. Nothing here changes any state.
import type { ProfileId } from '../../domain/ids.ts'
import { modelEndpoints } from '../../domain/model-endpoints.ts'
import { type Probe, type ProbeOutcome, probeOutcome } from '../../domain/probe.ts'
import { errorOf } from '../../domain/provider-error.ts'
import type { Provider } from '../../domain/provider.ts'
import { classifyAnswer } from '../../domain/rate-limit.ts'
import type { Host } from '../../host.ts'
import type { Secret } from '../../vault/secret.ts'
import { parseAnswer } from '../parse-answer.ts'
import { headerOf } from '../raw-headers.ts'
import { isTimeout } from '../refusals.ts'
import type { Answer, NoAnswer } from '../upstream/answer.ts'
import { openUpstream, type Upstream, type UpstreamSettings } from '../upstream/upstream.ts'
import { whyUnreachable } from '../upstream/why-unreachable.ts'
import { askProvider, errorHold } from './ask-provider.ts'
import { openTimeLimit } from './time-limit.ts'

/** Requests under way at a time. */
const togetherMax = 16

export interface ProbeTarget {
  readonly profileId: ProfileId
  readonly provider: Provider
}

export interface ProbeDeps {
  readonly host: Pick<Host, 'now' | 'monotonicMs' | 'setTimer' | 'env' | 'paths' | 'log'>
  upstreamSettings(): UpstreamSettings
  secretOf(profileId: ProfileId): Secret | undefined
}

export interface ProbeOptions {
  /** For all targets together. */
  readonly timeoutMs: number
  /** Called once for each target, as soon as its outcome is known. */
  onProbed(profileId: ProfileId, probe: Probe): void
  /** Ends everything that is under way, as the time limit does. */
  readonly signal: AbortSignal
}

/** Never rejects: what cannot be found out is an outcome as well. Each target is tried once. */
export async function probeAll(
  deps: ProbeDeps,
  targets: readonly ProbeTarget[],
  { timeoutMs, onProbed, signal }: ProbeOptions,
): Promise<ReadonlyMap<ProfileId, Probe>> {
  const probes = new Map<ProfileId, Probe>()
  const queue = fairly(targets)
  const upstream = openUpstream({ host: deps.host, settings: deps.upstreamSettings })
  const limit = openTimeLimit(deps.host, timeoutMs, signal)
  const late: Probe = { outcome: 'timeout', message: `no answer within ${timeoutMs / 1_000} s` }

  function settle({ profileId }: ProbeTarget, probe: Probe): void {
    probes.set(profileId, probe)
    onProbed(profileId, probe)
  }

  async function work(): Promise<void> {
    for (let target = queue.shift(); target; target = queue.shift()) {
      const probe = limit.isOver()
        ? late
        : await Promise.race([probeOne(deps, upstream, target), limit.over.then(() => late)])
      settle(target, probe)
    }
  }

  await Promise.all(Array.from({ length: togetherMax }, work))
  limit.close()
  upstream.close()
  return probes
}

/** One of each provider, then the second of each …: a provider that is silent does not use up the time of the others. */
function fairly(targets: readonly ProbeTarget[]): ProbeTarget[] {
  const places = new Map<Provider, number>()
  const placed = targets.map((target) => {
    const place = places.get(target.provider) ?? 0
    places.set(target.provider, place + 1)
    return { target, place }
  })
  return placed.sort((a, b) => a.place - b.place).map(({ target }) => target)
}

async function probeOne(deps: ProbeDeps, upstream: Upstream, { profileId, provider }: ProbeTarget): Promise<Probe> {
  const { host } = deps
  const { probe: path } = modelEndpoints(provider)
  if (path === null)
    return { outcome: 'unsupported', message: `${provider.id} has no free endpoint that looks at a key` }
  const secret = deps.secretOf(profileId)
  if (!secret) return { outcome: 'failed', message: 'its secret is not at hand' }
  const startedAtMs = host.monotonicMs()
  const holdFor = (status: number) => (status < 400 ? null : errorHold)
  const answer = await askProvider({ host, upstream }, { provider, secret, path, holdFor }).settled
  const latencyMs = Math.round(host.monotonicMs() - startedAtMs)
  if (answer.kind === 'failed') return { ...unanswered(provider, answer), latencyMs }
  answer.discard()
  return { ...judged(provider, answer, host.now()), latencyMs }
}

function unanswered({ baseUrl }: Provider, { error }: NoAnswer): Probe {
  if (isTimeout(error)) return { outcome: 'timeout', message: 'no answer in time' }
  return { outcome: 'unreachable', message: `${new URL(baseUrl).host} cannot be reached: ${whyUnreachable(error)}` }
}

function judged(provider: Provider, answer: Answer, now: number): Probe {
  const { status, headers, contentType } = answer
  if (status >= 300 && status < 400) return { outcome: 'failed', status, message: `${status}: redirected` }
  // A page is from some proxy or sign-in on the way; the provider itself speaks JSON.
  if (status < 300 && contentType.startsWith('text/html')) {
    return { outcome: 'failed', status, message: `${status}: a web page answered, not the provider` }
  }
  if (status < 300) return { outcome: 'ok', status }
  const body = parseAnswer(answer)
  const lookup = (name: string): string | undefined => headerOf(headers, name)
  const { class: answerClass } = classifyAnswer({ dialect: provider.dialect, status, headers: lookup, body, now })
  const name = errorOf(body, true)?.name ?? null
  const outcome: ProbeOutcome = probeOutcome(answerClass, status)
  return { outcome, status, message: name === null ? String(status) : `${status} ${name}` }
}
