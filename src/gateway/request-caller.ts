// Who sends a model request, as its x-traseai headers say: the agent and the session, and what that session has pinned.
import type { Pin } from '../domain/entities.ts'
import {
  type AgentId,
  parseAgentId,
  parseProfileId,
  parseSessionId,
  type ProfileId,
  type SessionId,
} from '../domain/ids.ts'
import type { Provider } from '../domain/provider.ts'
import { TraseError } from '../errors.ts'
import type { ClientHeaders } from './clients/headers.ts'
import type { GatewayDeps } from './deps.ts'
import { type Refusal, refusal } from './gateway-errors.ts'

export interface Caller {
  /** Of the header; else the one for which the session has pinned something; null for the default agent. */
  readonly agent: AgentId | null
  readonly session: SessionId | null
  readonly pin: Pin | null
}

const nobody: Caller = { agent: null, session: null, pin: null }

export function callerOf(gateway: Pick<GatewayDeps, 'pinOf'>, headers: ClientHeaders): Caller | Refusal {
  const { agent, session } = headers
  if (agent === null && session === null) return nobody
  try {
    const sessionId = session === null ? null : parseSessionId(session)
    const pin = sessionId === null ? null : (gateway.pinOf(sessionId) ?? null)
    return { agent: agent === null ? (pin?.agent ?? null) : parseAgentId(agent), session: sessionId, pin }
  } catch (error) {
    if (!(error instanceof TraseError)) throw error
    return refusal('bad_request', error.message, error.hint ?? null)
  }
}

/** A credential of this provider by its id, or by the name behind the provider's colon. */
export function profileNamed(
  gateway: Pick<GatewayDeps, 'isProfile'>,
  { id }: Provider,
  name: string,
): ProfileId | null {
  if (gateway.isProfile(id, name)) return parseProfileId(name)
  const full = `${id}:${name}`
  return gateway.isProfile(id, full) ? parseProfileId(full) : null
}
