// Which credentials an agent's request may be sent with at all, whatever the order says, and why the others may not.
import { type Credential, isStored } from './entities.ts'
import type { AgentId, ProfileId } from './ids.ts'
import type { Candidate } from './candidate.ts'

export interface Eligibility {
  readonly credentials: readonly Credential[]
  /** As candidates: excluded, each with its reason, by id. */
  readonly barred: readonly Candidate[]
}

/**
 * An agent's own credential is for that agent alone, and one whose secret is not at hand is for nobody.
 * @param agent the agent that asks; its own credentials and those of all are for it
 * @param whyMissing why the secret of a stored credential cannot be used now, null when it can
 */
export function eligible(
  credentials: readonly Credential[],
  agent: AgentId,
  whyMissing: (profileId: ProfileId) => string | null,
): Eligibility {
  const usable: Credential[] = []
  const barred: Candidate[] = []
  for (const credential of credentials) {
    const reason = barredBecause(credential, agent, whyMissing)
    if (reason === null) usable.push(credential)
    else barred.push({ profileId: credential.profileId, status: 'excluded', reason, until: null })
  }
  return { credentials: usable, barred: barred.sort((a, b) => (a.profileId < b.profileId ? -1 : 1)) }
}

/** The words for another agent's credential, null for one that `agent` may use. */
export function othersOnly(owner: AgentId | null, agent: AgentId): string | null {
  return owner === null || owner === agent ? null : `for agent ${owner} only`
}

function barredBecause(
  { profileId, agent: owner, source }: Credential,
  agent: AgentId,
  whyMissing: (profileId: ProfileId) => string | null,
): string | null {
  return othersOnly(owner, agent) ?? (isStored(source) ? whyMissing(profileId) : null)
}
