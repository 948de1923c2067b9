// What the person who stored a credential should know besides: the same key twice, or an order that leaves it out.
import type { Credential } from '../domain/entities.ts'
import { entryOf } from '../domain/entities.ts'
import type { AgentId } from '../domain/ids.ts'
import type { Selection, SelectionBasis } from '../domain/selection.ts'
import type { NewCredential } from '../vault/credential-store.ts'

export interface StoredFacts {
  readonly credential: NewCredential
  /** The agent it is for, the default one when it is for all. */
  readonly agent: AgentId
  readonly credentials: Readonly<Record<string, Credential>>
  /** What a request of the agent gets now. */
  readonly selection: Selection
}

export function storedNotes({ credential, agent, credentials, selection }: StoredFacts): readonly string[] {
  const { profileId, provider } = credential
  const fingerprint = entryOf(credentials, profileId)?.fingerprint
  const twins = Object.values(credentials).filter(
    (each) => each.provider === provider && each.fingerprint === fingerprint && each.profileId !== profileId,
  )
  const own = selection.candidates.find((candidate) => candidate.profileId === profileId)
  return [
    ...(twins.length === 0 ? [] : [`it is the same key as ${twins.map((twin) => twin.profileId).join(', ')}`]),
    ...(own?.status === 'excluded' ? [leftOut(credential, agent, selection.basis)] : []),
  ]
}

function leftOut({ provider }: NewCredential, agent: AgentId, basis: SelectionBasis): string {
  if (basis === 'live-override') return `it is not used while the live override of ${provider} is set`
  const where = basis === 'config-order' ? 'auth.order in traseai.json' : `the order for ${provider}`
  return `${where} leaves it out; see: traseai models auth order get --provider ${provider} --agent ${agent}`
}
