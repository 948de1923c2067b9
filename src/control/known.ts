// Finds what a caller names: ids are parsed and looked up here, at the edge.
import { requireCredential } from '../domain/credential.ts'
import { type AgentId, parseAgentId } from '../domain/ids.ts'
import type { Credential } from '../domain/entities.ts'
import type { ControlDeps } from './deps.ts'

/** @throws TraseError `not_found` with the credential that was perhaps meant: `work` may stand for `anthropic:work` */
export function knownCredential(deps: ControlDeps, id: string): Credential {
  return requireCredential(deps.state().credentials, id)
}

/** The agent that is named, else the default one. @throws TraseError `usage` for what cannot be an agent's id */
export function agentOr(deps: ControlDeps, agent: string | undefined): AgentId {
  return agent === undefined ? deps.configuration().value.agents.default : parseAgentId(agent)
}
