// Remembers which models each session was shown last, so that `/model 3` means what its user saw.
import type { SessionId } from '../domain/ids.ts'
import { putRecent } from '../domain/put-recent.ts'

/** Sessions whose list is remembered, each of at most a few dozen models; the one shown longest ago is forgotten first. */
const sessionsMax = 1_000

export interface ShownModels {
  /** In the order of their numbers; null when nothing was shown, or that was before the gateway started. */
  of(session: SessionId): readonly string[] | null
  remember(session: SessionId, models: readonly string[]): void
}

export function openShownModels(): ShownModels {
  const shown = new Map<SessionId, readonly string[]>()
  return {
    of: (session) => shown.get(session) ?? null,
    remember: (session, models) => void putRecent(shown, session, models, sessionsMax),
  }
}
