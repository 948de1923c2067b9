// Finds what a caller names, or says what it may have meant: ids are parsed and looked up here, at the edge.
import { type AgentId, parseAgentId } from '../domain/ids.ts'
import type { Credential } from '../domain/entities.ts'
import { suggestionOr } from '../domain/suggest.ts'
import { quoted, TraseError } from '../errors.ts'
import type { ControlDeps } from './deps.ts'

/** @throws TraseError `not_found` with the credential that was perhaps meant: `work` may stand for `anthropic:work` */
export function knownCredential(deps: ControlDeps, id: string): Credential {
  const { credentials } = deps.state()
  const credential = Object.hasOwn(credentials, id) ? credentials[id] : undefined
  if (credential) return credential
  throw notFound('credential', id, Object.keys(credentials), 'see which there are: traseai models auth list')
}

/** The agent that is named, else the default one. @throws TraseError `usage` for what cannot be an agent's id */
export function agentOr(deps: ControlDeps, agent: string | undefined): AgentId {
  return agent === undefined ? deps.configuration().value.agents.default : parseAgentId(agent)
}

/** The error for a name that nobody knows. `otherwise` is the hint when no known name is near. */
export function notFound(what: string, name: string, known: Iterable<string>, otherwise: string): TraseError {
  const hint = suggestionOr(name, known, otherwise)
  return new TraseError('not_found', `${what} ${quoted(name)} not found`, { hint })
}
