// Looks at one session through the daemon's eyes: its model, and the credential that serves it now.
import { entryOf } from '../domain/entities.ts'
import type { AgentId, SessionId } from '../domain/ids.ts'
import { parseModelRef } from '../domain/model-ref.ts'
import type { Selection } from '../domain/selection.ts'
import {
  notServed,
  type Served,
  servedBy,
  sessionProblem,
  type SessionView,
  viewSession,
} from '../domain/session-view.ts'
import type { ControlDeps } from './deps.ts'

export interface AskedSession {
  readonly session: SessionId
  readonly agent: AgentId
}

export interface SessionLook {
  readonly view: SessionView
  readonly served: Served
  /** Why nothing serves it; null when something does, and without a model. */
  readonly problem: string | null
}

export function lookAt(asked: AskedSession, deps: ControlDeps): SessionLook {
  const view = viewSession(entryOf(deps.state().pins, asked.session), deps.configuration().value.models.default)
  if (view.model === null) return { view, served: notServed, problem: null }
  const selection = selectFor(view.model, asked.session, asked.agent, deps)
  return { view, served: servedBy(selection), problem: sessionProblem(view, selection) }
}

/** The candidates of a request for `provider/model`; without a session, of one that has no pin and no past. */
export function selectFor(ref: string, session: SessionId | null, agent: AgentId, deps: ControlDeps): Selection {
  const { provider, model } = parseModelRef(ref)
  return deps.select({ provider, agent, session, requestPin: null, model })
}
