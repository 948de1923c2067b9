// Handlers about credentials: what there is, which one is next, and what programs that call providers themselves were answered.
import type { AttemptOutcome } from '../../domain/attempt.ts'
import { runningCooldowns } from '../../domain/cooldown.ts'
import { isoInstant } from '../../domain/events.ts'
import {
  type AgentId,
  parseAgentId,
  parseProfileId,
  parseSessionId,
  type ProfileId,
  type ProviderId,
} from '../../domain/ids.ts'
import type { Candidate } from '../../domain/candidate.ts'
import { plainRequest, type Selection } from '../../domain/selection.ts'
import type { Credential } from '../../domain/entities.ts'
import { TraseError } from '../../errors.ts'
import type { ParsedParams } from '../../protocol/contract.ts'
import { checkStorable } from '../check-storable.ts'
import type { ControlDeps } from '../deps.ts'
import type { Answer, CallContext, Handlers } from '../handler.ts'
import { agentOr, knownCredential } from '../known.ts'

export const credentialHandlers = {
  'credentials.check': (params, { deps }) => {
    const agent = params.agent === undefined ? null : parseAgentId(params.agent)
    const provider = deps.provider(params.provider).id
    checkStorable(deps, { profileId: parseProfileId(params.profileId), provider, agent })
    return {}
  },
  'credentials.list': list,
  'credentials.resolve': resolve,
  'credentials.reveal': reveal,
  'credentials.report': report,
} as const satisfies Handlers<
  'credentials.check' | 'credentials.list' | 'credentials.resolve' | 'credentials.reveal' | 'credentials.report'
>

/** By provider, and within one in the order in which they would be tried. */
function list(
  { provider, agent }: ParsedParams<'credentials.list'>,
  { deps }: CallContext,
): Answer<'credentials.list'> {
  const wanted = provider === undefined ? null : deps.provider(provider).id
  const asking = agentOr(deps, agent)
  const credentials = Object.values(deps.state().credentials).filter(
    (credential) => agent === undefined || credential.agent === null || credential.agent === asking,
  )
  const providers = new Set(
    credentials.map((credential) => credential.provider).filter((id) => wanted === null || id === wanted),
  )
  return [...providers].sort().flatMap((id) => {
    const viewOf = openViews(deps, id)
    const order = new Map([...viewOf(asking).keys()].map((profileId, index) => [profileId, index]))
    const placeOf = ({ profileId }: Credential): number => order.get(profileId) ?? order.size
    return credentials
      .filter((credential) => credential.provider === id)
      .sort((left, right) => placeOf(left) - placeOf(right))
      .map((credential) => {
        // An agent's own credential is told as it stands for its agent, the others as for the one who asks.
        return listed(deps, credential, viewOf(credential.agent ?? asking).get(credential.profileId))
      })
  })
}

/** Each agent's candidates, selected once. */
function openViews(deps: ControlDeps, provider: ProviderId): (agent: AgentId) => ReadonlyMap<ProfileId, Candidate> {
  const views = new Map<AgentId, ReadonlyMap<ProfileId, Candidate>>()
  return (agent) => {
    const selected = (): readonly Candidate[] => deps.select({ provider, agent, ...plainRequest }).candidates
    const view = views.get(agent) ?? new Map(selected().map((candidate) => [candidate.profileId, candidate]))
    views.set(agent, view)
    return view
  }
}

/** One without a candidate is about to be removed: its variable is gone. */
function listed(
  deps: ControlDeps,
  credential: Credential,
  candidate: Candidate | undefined,
): Answer<'credentials.list'>[number] {
  const { profileId, provider, kind, source, fingerprint, agent, expiresAt } = credential
  const last4 = deps.secretOf(profileId)?.last4
  const lastUsedAt = deps.lastUsedAt().get(profileId)
  return {
    profileId,
    provider,
    kind,
    source,
    fingerprint,
    status: candidate?.status ?? 'excluded',
    ...(agent === null ? {} : { agent }),
    ...(candidate?.reason ? { reason: candidate.reason } : {}),
    ...(last4 === undefined ? {} : { last4 }),
    ...(candidate?.until ? { until: isoInstant(candidate.until) } : {}),
    ...(expiresAt === null ? {} : { expiresAt: isoInstant(expiresAt) }),
    ...(lastUsedAt === undefined ? {} : { lastUsedAt: isoInstant(lastUsedAt) }),
  }
}

async function reveal(
  params: ParsedParams<'credentials.reveal'>,
  { deps, actor }: CallContext,
): Promise<Answer<'credentials.reveal'>> {
  const { profileId } = knownCredential(deps, params.profileId)
  if (!deps.secretOf(profileId)) throw notAtHand(deps, profileId)
  await deps.execute({ type: 'RecordReveal', profileId }, actor)
  const secret = deps.secretOf(profileId) // it may have been replaced or have gone meanwhile
  if (!secret) throw notAtHand(deps, profileId)
  return { profileId, secret: secret.reveal() }
}

function notAtHand(deps: ControlDeps, profileId: ProfileId): TraseError {
  const why = deps.whyMissing(profileId) ?? 'it is being removed'
  return new TraseError('no_credentials', `the secret of ${profileId} is not at hand: ${why}`)
}

async function resolve(
  params: ParsedParams<'credentials.resolve'>,
  { deps, actor }: CallContext,
): Promise<Answer<'credentials.resolve'>> {
  const provider = deps.provider(params.provider).id
  const { basis, candidates, next }: Selection = deps.select({
    provider,
    agent: agentOr(deps, params.agent),
    session: params.session === undefined ? null : parseSessionId(params.session),
    requestPin: null,
    model: params.model === undefined ? null : ownModelName(deps, provider, params.model),
  })
  const revealed = params.reveal === true ? candidates.filter(isWorthRevealing).map(({ profileId }) => profileId) : []
  // On disk before the first secret leaves: a reveal that cannot be recorded does not happen.
  await Promise.all(revealed.map((profileId) => deps.execute({ type: 'RecordReveal', profileId }, actor)))
  const secrets = new Map(revealed.map((profileId) => [profileId, deps.secretOf(profileId)?.reveal()]))
  return {
    basis,
    strategy: deps.configuration().value.auth.strategies[provider] ?? 'ordered',
    next,
    candidates: candidates.map(({ profileId, status, reason, until }) => {
      const secret = secrets.get(profileId)
      return {
        profileId,
        status,
        reason,
        ...(until === null ? {} : { until: isoInstant(until) }),
        ...(secret === undefined ? {} : { secret }),
      }
    }),
  }
}

/**
 * A model as its provider calls it, when it is named as everywhere else: by an alias, or with the provider in front. A name that limits
 * are kept under is one as it is: OpenRouter has models that begin with `openrouter/`.
 */
function ownModelName(deps: ControlDeps, provider: ProviderId, model: string): string {
  const { aliases } = deps.configuration().value.models
  const full = Object.hasOwn(aliases, model) ? (aliases[model] ?? model) : model
  const isLimited = Object.values(deps.state().credentials).some(
    (credential) =>
      credential.provider === provider &&
      runningCooldowns(credential, deps.host.now()).some((cooldown) => cooldown.model === full),
  )
  return !isLimited && full.startsWith(`${provider}/`) ? full.slice(provider.length + 1) : full
}

/** A program needs those it may use now or once their cooldown has ended; the others would only be spread about. */
function isWorthRevealing({ status }: Candidate): boolean {
  return status === 'ready' || status === 'expiring' || status === 'cooling'
}

async function report(
  params: ParsedParams<'credentials.report'>,
  { deps, actor }: CallContext,
): Promise<Answer<'credentials.report'>> {
  const credential = knownCredential(deps, params.profileId)
  await deps.report(attemptOf(params, credential.profileId, deps.host.now()), actor)
  return standing(deps, credential, params.model ?? null)
}

function attemptOf(params: ParsedParams<'credentials.report'>, profileId: ProfileId, now: number): AttemptOutcome {
  const { outcome, model = null, retryAfterMs = null } = params
  // A clock that is ahead of ours must not make a report count for longer than now.
  const startedAt = params.startedAt === undefined ? now : Math.min(Date.parse(params.startedAt), now)
  switch (outcome) {
    case 'ok':
      return { outcome, profileId, model, startedAt }
    case 'rate_limited':
      return { outcome, profileId, model, startedAt, status: 429, retryAfterMs }
    case 'unauthorized':
    case 'billing':
      return { outcome, profileId, startedAt }
    case 'restricted':
      return { outcome, profileId, to: 'claude-code', startedAt }
  }
}

/** How the credential stands after the report, for the model it was about. */
function standing(
  deps: ControlDeps,
  { provider, profileId, agent }: Credential,
  model: string | null,
): Answer<'credentials.report'> {
  const { candidates } = deps.select({ provider, agent, ...plainRequest, model })
  const candidate = candidates.find((each) => each.profileId === profileId)
  return { status: candidate?.status ?? 'excluded', until: candidate?.until ? isoInstant(candidate.until) : null }
}
