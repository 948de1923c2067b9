// Finds what a caller names: ids are parsed and looked up here, at the edge.
import { requireCredential } from '../domain/credential.ts'
import { type AgentId, parseAgentId, parseSessionId, type SessionId } from '../domain/ids.ts'
import type { Credential } from '../domain/entities.ts'
import { isKeyAsName } from '../domain/keys-in-text.ts'
import { TraseError } from '../errors.ts'
import type { ControlDeps } from './deps.ts'

/** @throws TraseError `not_found` with the credential that was perhaps meant: `work` may stand for `anthropic:work` */
export function knownCredential(deps: ControlDeps, id: string): Credential {
  return requireCredential(deps.state().credentials, id)
}

/** The agent that is named, else the default one. @throws TraseError `usage` for what cannot be an agent's id */
export function agentOr(deps: ControlDeps, agent: string | undefined): AgentId {
  if (agent === undefined) return deps.configuration().value.agents.default
  if (!isKeyAsName(agent)) return parseAgentId(agent)
  throw new TraseError('usage', 'the name of the agent could be a key', {
    hint: 'names are shown and kept in the history: choose one such as work',
  })
}

/** @throws TraseError `usage` for what cannot be a session's id */
export function knownSession(session: string): SessionId {
  if (!isKeyAsName(session)) return parseSessionId(session)
  throw new TraseError('usage', 'the id of the session could be a key', {
    hint: 'ids are shown and kept in the history: choose one such as chat-7',
  })
}
