// What the HTTP gateway gets of the daemon: answers from memory, and a way to say what an attempt taught.
import { entryOf } from '../domain/entities.ts'
import type { ProfileId } from '../domain/ids.ts'
import type { GatewayDeps } from '../gateway/deps.ts'
import type { Host } from '../host.ts'
import { version } from '../version.ts'
import { recordAttempt } from './attempt-outcomes.ts'
import type { Core } from './core.ts'

export function gatewayDeps(host: Host, core: Core, isReady: () => boolean): GatewayDeps {
  const { bus, memory, candidates, configuration } = core
  const outcomes = { bus, memory, configuration: () => configuration.current().value, now: () => host.now() }
  return {
    host,
    version,
    settings: () => configuration.current().value.gateway,
    provider: (id) => core.providers().find((provider) => provider.id === id),
    providers: () => core.providers(),
    clientOf: (tokenHash) => core.clientOf(tokenHash),
    select: (request) => candidates.select(request),
    secretOf: (profileId) => candidates.secretOf(profileId),
    isProfile: (provider, profileId): profileId is ProfileId =>
      entryOf(bus.state().credentials, profileId)?.provider === provider,
    record: (outcome) => recordAttempt(outcomes, outcome),
    rememberSession: (session, provider, profileId) => memory.rememberSession(session, provider, profileId),
    requestEnded: () => undefined,
    notReady: () => (isReady() ? bus.failure() : 'the gateway is starting'),
  }
}
