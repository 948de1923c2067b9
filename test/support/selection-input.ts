// Credentials and requests for the tests of selection.
import type { Credential } from '../../src/domain/entities.ts'
import { parseFingerprint, parseProfileId, parseProviderId, type ProfileId, providerOf } from '../../src/domain/ids.ts'
import type { RequestFacts } from '../../src/domain/request-facts.ts'
import { select, type Selection, type SelectionInput } from '../../src/domain/selection.ts'

export const now = Date.parse('2026-03-01T12:00:00Z')
export const hourMs = 3_600_000

export function credential(id: string, changes: Partial<Credential> = {}): Credential {
  const profileId = parseProfileId(id)
  const isVariable = /:[A-Z_]+/.test(id)
  return {
    profileId,
    provider: providerOf(profileId),
    kind: 'api_key',
    source: { kind: isVariable ? 'process-env' : 'vault', name: id },
    fingerprint: parseFingerprint('0123456789abcdef'),
    agent: null,
    version: 1,
    addedAt: 0,
    issuedAt: 0,
    expiresAt: null,
    announced: { expiring: null, expired: null },
    disabled: null,
    refreshFailed: null,
    restrictedTo: null,
    cooldowns: {},
    ...changes,
  }
}

export const cooling = (until: number, model: string | null = null): Partial<Credential> => ({
  cooldowns: { [model ?? '*']: { model, since: now - 1_000, until, refusals: 1 } },
})
export const disabled = (
  reason: 'unauthorized' | 'billing' | 'user',
  retryAt: number | null = null,
): Partial<Credential> => ({
  disabled: { reason, since: now - 1_000, retryAt },
})
export const pin = (id: string) => parseProfileId(id)
export const idsOf = (selection: Selection): string[] => selection.candidates.map((candidate) => candidate.profileId)
export const candidateOf = (selection: Selection, id: string) =>
  selection.candidates.find((candidate) => candidate.profileId === id)

/** When nothing was learned but when credentials were used last. */
export const factsOf = (lastUsedAt: ReadonlyMap<ProfileId, number> = new Map()): RequestFacts => ({
  use: (profileId) => ({ lastUsedAt: lastUsedAt.get(profileId) ?? -1, lastStart: 0 }),
  limit: () => ({ quotaOf: () => null, succeededSince: () => false, likelyAt: () => null }),
})

/** `lastUsedAt` in place of whole facts. */
export type Changes = Partial<SelectionInput> & { readonly lastUsedAt?: ReadonlyMap<ProfileId, number> }

export function choose(credentials: readonly Credential[], changes: Changes = {}): Selection {
  return select(inputOf(credentials, changes))
}

export function inputOf(credentials: readonly Credential[], { lastUsedAt, ...changes }: Changes = {}): SelectionInput {
  const variables = credentials.filter(({ source }) => source.kind !== 'vault')
  return {
    provider: parseProviderId('anthropic'),
    now,
    credentials,
    barred: [],
    environmentOrder: variables.map(({ profileId }) => profileId),
    liveOverride: null,
    requestPin: null,
    sessionPin: null,
    agentOrder: null,
    configOrder: null,
    sessionLast: null,
    facts: factsOf(lastUsedAt),
    groups: new Map(),
    strategy: 'ordered',
    allowPaidFallback: false,
    tried: new Set(),
    model: null,
    expiryWarningMs: 24 * hourMs,
    ...changes,
  }
}
