// Handlers about signing in to a provider.
import { isoInstant } from '../../domain/events.ts'
import { parseAgentId, parseProfileId, profileIdPattern, type ProfileId } from '../../domain/ids.ts'
import { isOver, loginMethods, type LoginError, type LoginProgress } from '../../domain/login.ts'
import type { Provider } from '../../domain/provider.ts'
import { TraseError } from '../../errors.ts'
import type { NotificationParams, ParsedParams } from '../../protocol/contract.ts'
import { Secret } from '../../vault/secret.ts'
import { checkStorable } from '../check-storable.ts'
import type { ControlDeps } from '../deps.ts'
import type { Answer, CallContext, Caller, Handlers } from '../handler.ts'

/** The name of a credential that was given none. */
const nameDefault = 'default'

export const loginHandlers = {
  'login.start': start,
  'login.submit': ({ loginId, code }, { deps }) => shown(deps.signIns.submit(loginId, new Secret(code))),
  'login.get': ({ loginId, follow = false }, { deps, caller }) => {
    if (follow) tellChanges(deps.signIns, caller, loginId)
    return shown(deps.signIns.get(loginId))
  },
  'login.cancel': async ({ loginId }, { deps }) => shown(await deps.signIns.cancel(loginId)),
} as const satisfies Handlers<'login.start' | 'login.submit' | 'login.get' | 'login.cancel'>

async function start(
  params: ParsedParams<'login.start'>,
  { deps, actor, caller }: CallContext,
): Promise<Answer<'login.start'>> {
  const { method, browser = false, bound = false } = params
  const provider = deps.provider(params.provider)
  const known: readonly string[] = loginMethods[method].providers
  if (!known.includes(provider.id)) {
    throw new TraseError('usage', `${method} signs in to ${known.join(', ')}, not to ${provider.id}`, {
      hint: `store a key of it instead: traseai models auth paste-api-key --provider ${provider.id}`,
    })
  }
  const profileId = profileIdOf(provider, params.profileId)
  const agent = params.agent === undefined ? null : parseAgentId(params.agent)
  checkStorable(deps, { profileId, provider: provider.id, agent })
  const progress = await deps.signIns.start({ provider: provider.id, method, profileId, agent, browser, actor })
  const { loginId } = progress
  tellChanges(deps.signIns, caller, loginId)
  if (bound) caller.whenGone(() => void deps.signIns.cancel(loginId))
  return shown(deps.signIns.get(loginId))
}

/** `work` stands for `anthropic:work`. */
function profileIdOf({ id }: Provider, name: string = nameDefault): ProfileId {
  return parseProfileId(profileIdPattern.test(name) ? name : `${id}:${name}`)
}

function tellChanges(signIns: ControlDeps['signIns'], caller: Caller, loginId: string): void {
  const stop = signIns.watch(loginId, (progress) => {
    caller.notify('login.changed', shown(progress))
    if (isOver(progress.state)) forget()
  })
  const forget = caller.whenGone(stop)
}

function shown({ kept, url, refusal, error, ...rest }: LoginProgress): NotificationParams<'login.changed'> {
  return {
    ...rest,
    ...(url === null ? {} : { url }),
    ...(refusal === null ? {} : { refusal }),
    ...(kept === null ? {} : { ...kept, notes: [...kept.notes], expiresAt: isoInstant(kept.expiresAt) }),
    ...(error === null ? {} : { error: shownError(error) }),
  }
}

function shownError({ code, message, hint }: LoginError): NonNullable<NotificationParams<'login.changed'>['error']> {
  return { code, message, ...(hint === null ? {} : { hint }) }
}
