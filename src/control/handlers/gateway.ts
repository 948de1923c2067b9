// Handlers about the gateway itself, and about the connection.
import { isoInstant } from '../../domain/events.ts'
import type { Result } from '../../protocol/contract.ts'
import type { GatewayIdentity } from '../deps.ts'
import type { Handlers } from '../handler.ts'

export const gatewayHandlers = {
  'gateway.status': (_params, { deps }) => {
    const { host, gateway } = deps
    const configuration = deps.configuration()
    const environment = deps.environment.view()
    const profilesProblems = deps.profilesProblems()
    return {
      version: gateway.version,
      pid: host.pid,
      startedAt: isoInstant(gateway.startedAt),
      home: host.paths.home,
      program: gateway.program,
      http: gateway.http(),
      stopping: stopping(gateway.draining()),
      socket: host.paths.socket,
      supervisor: gateway.supervisor,
      configuration: { ok: configuration.ok, problems: configuration.problems },
      environment: { ok: environment.ok, problems: environment.problems },
      profilesFiles: { ok: profilesProblems.length === 0, problems: profilesProblems },
      eventCount: deps.position(),
    }
  },
  'gateway.reload': (_params, { deps }) => deps.reload(),
  'gateway.stop': ({ now }, { deps, actor, caller }) => {
    caller.afterAnswer(() => {
      if (now === true) deps.cut()
      deps.stop(`asked by ${actor.program ?? 'a program'} on the control socket`)
    })
    return {}
  },
  'client.hello': ({ kind }, { deps, caller }) => {
    caller.claimKind(kind)
    return { version: deps.gateway.version }
  },
} as const satisfies Handlers<'gateway.status' | 'gateway.reload' | 'gateway.stop' | 'client.hello'>

function stopping(draining: ReturnType<GatewayIdentity['draining']>): Result<'gateway.status'>['stopping'] {
  return draining === null ? null : { requests: draining.requests, until: isoInstant(draining.until) }
}
