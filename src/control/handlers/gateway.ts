// Handlers about the gateway itself, and about the connection.
import { isoInstant } from '../../domain/events.ts'
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
      http: gateway.http(),
      socket: host.paths.socket,
      configuration: { ok: configuration.ok, problems: configuration.problems },
      environment: { ok: environment.ok, problems: environment.problems },
      profilesFiles: { ok: profilesProblems.length === 0, problems: profilesProblems },
      eventCount: deps.position(),
    }
  },
  'gateway.reload': (_params, { deps }) => deps.reload(),
  'gateway.stop': (_params, { deps, actor, caller }) => {
    caller.afterAnswer(() => deps.stop(`asked by ${actor.program ?? 'a program'} on the control socket`))
    return {}
  },
  'client.hello': ({ kind }, { caller }) => {
    caller.claimKind(kind)
    return {}
  },
} as const satisfies Handlers<'gateway.status' | 'gateway.reload' | 'gateway.stop' | 'client.hello'>
