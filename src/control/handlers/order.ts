// Handlers about the order of candidates and about cooldowns.
import type { OrderCommand } from '../../domain/command.ts'
import { runningCooldowns } from '../../domain/cooldown.ts'
import { isoInstant } from '../../domain/events.ts'
import type { Credential } from '../../domain/entities.ts'
import { parseProfileId, profileIdPattern } from '../../domain/ids.ts'
import { isIncluded } from '../../domain/candidate.ts'
import { plainRequest } from '../../domain/selection.ts'
import type { ParsedParams } from '../../protocol/contract.ts'
import type { ControlDeps } from '../deps.ts'
import type { Answer, CallContext, Handlers } from '../handler.ts'
import { agentOr, knownCredential } from '../known.ts'

export const orderHandlers = {
  'order.get': getOrder,
  'order.set': ({ profileIds, ...rest }, context) => {
    // An id that is none may still be near one: `work` to `anthropic:work`.
    const ids = profileIds.map((id) => {
      return profileIdPattern.test(id) ? parseProfileId(id) : knownCredential(context.deps, id).profileId
    })
    return change({ type: 'SetOrder', ...placeOf(context.deps, rest), profileIds: ids }, context)
  },
  'order.clear': (params, context) => change({ type: 'ClearOrder', ...placeOf(context.deps, params) }, context),
  'cooldowns.list': (params, { deps }) => wanted(deps, params).flatMap((credential) => listCooldowns(deps, credential)),
  'cooldowns.clear': clearCooldowns,
} as const satisfies Handlers<'order.get' | 'order.set' | 'order.clear' | 'cooldowns.list' | 'cooldowns.clear'>

/** Who wants one to be used again means the limit that it shares with others; all that are usable again by that are named. */
async function clearCooldowns(
  params: ParsedParams<'cooldowns.clear'>,
  { deps, actor }: CallContext,
): Promise<Answer<'cooldowns.clear'>> {
  const sharing = ({ profileId }: Credential): readonly Credential[] => deps.groupOf(profileId)?.members ?? []
  const meant = new Set(wanted(deps, params).flatMap((credential) => [credential, ...sharing(credential)]))
  const cooling = [...meant].filter((credential) => runningCooldowns(credential, deps.host.now()).length > 0)
  const cleared = cooling.map(async (credential) => {
    const { profileId } = credential
    const events = await deps.execute({ type: 'ClearCooldowns', profileId, reason: 'user' }, actor)
    return events.length > 0 ? [profileId, ...sharing(credential).map((member) => member.profileId)] : []
  })
  const usable = new Set((await Promise.all(cleared)).flat())
  return { cleared: [...meant].flatMap(({ profileId }) => (usable.has(profileId) ? [profileId] : [])) }
}

/** Its own, and those of its group that keep it from being used as well. */
function listCooldowns(deps: ControlDeps, credential: Credential): Answer<'cooldowns.list'> {
  const { profileId } = credential
  const group = deps.groupOf(profileId)
  return (group?.members ?? [credential]).flatMap((member) =>
    runningCooldowns(member, deps.host.now()).map(({ model, since, until, refusals }) => ({
      profileId,
      model,
      since: isoInstant(since),
      until: isoInstant(until),
      refusals,
      ...(group && member.profileId !== profileId ? { limitedBy: member.profileId, group: group.name } : {}),
    })),
  )
}

type Place = Pick<OrderCommand, 'agent' | 'provider'>

function placeOf(deps: ControlDeps, { provider, agent }: ParsedParams<'order.clear'>): Place {
  return { provider: deps.provider(provider).id, agent: agentOr(deps, agent) }
}

/** Answers with the order that is in force afterwards: the one that was set, or what an agent without one inherits. */
async function change(command: OrderCommand, context: CallContext): Promise<Answer<'order.set'>> {
  const events = await context.deps.execute(command, context.actor)
  const { agent, provider } = command
  return { changed: events.length > 0, ...getOrder({ provider, agent }, context) }
}

function getOrder({ provider, agent }: ParsedParams<'order.get'>, { deps }: CallContext): Answer<'order.get'> {
  const { id } = deps.provider(provider)
  const agentId = agentOr(deps, agent)
  const own = deps.agentOrder(agentId, id)
  if (own) {
    const inherited = own.agent === agentId ? {} : { inheritedFrom: own.agent }
    return { agent: agentId, profileIds: own.profileIds, origin: 'agent', ...inherited }
  }
  const configured = deps.configuration().value.auth.order[id]
  if (configured) return { agent: agentId, profileIds: configured, origin: 'config' }
  const { candidates } = deps.select({ provider: id, agent: agentId, ...plainRequest })
  // An API key that is held back while a subscription is limited has not left the order.
  const inOrder = candidates.filter((candidate) => isIncluded(candidate) || candidate.fallbackFor !== undefined)
  const profileIds = inOrder.map(({ profileId }) => profileId)
  return { agent: agentId, profileIds, origin: 'default' }
}

/** The credentials that a filter names. @throws TraseError `not_found` for a provider or credential that nobody knows */
function wanted(deps: ControlDeps, filter: ParsedParams<'cooldowns.list'>): readonly Credential[] {
  const provider = filter.provider === undefined ? null : deps.provider(filter.provider).id
  const credentials =
    filter.profileId === undefined ? Object.values(deps.state().credentials) : [knownCredential(deps, filter.profileId)]
  return credentials.filter((credential) => provider === null || credential.provider === provider)
}
