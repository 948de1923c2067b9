// A status report over a home that a test furnishes with facts and settings.
import { type ProfileId, type ProviderId, providerOf } from '../../src/domain/ids.ts'
import type { Problem } from '../../src/domain/problem.ts'
import type { Provider } from '../../src/domain/provider.ts'
import { buildStatusReport, type StatusReport, type StatusReportInput } from '../../src/domain/report.ts'
import type { Candidate } from '../../src/domain/candidate.ts'
import { select, type Selection } from '../../src/domain/selection.ts'
import { factsOf } from './selection-input.ts'
import { added, anthropic, dayMs, type Fact, iso, main, noon, openai, stateAfter } from './story.ts'

function provider(id: ProviderId, envPrefix: string): Provider {
  const sdk = { baseUrlVariables: [], keyVariables: [], path: '' }
  const rest = {
    auth: 'bearer',
    dialect: 'openai',
    fallbackVariables: [],
    liveAliases: [],
    sdk,
    origin: 'built-in',
  } as const
  return { id, name: id, baseUrl: `https://api.${id}.test`, envPrefix, ...rest }
}

interface Setting extends Partial<Omit<StatusReportInput, 'credentials' | 'selectionOf'>> {
  readonly orders?: Readonly<Record<string, readonly ProfileId[]>>
  /** What no request of the agent may use. */
  readonly barred?: readonly Candidate[]
}

/** The report at noon after these facts; what a setting leaves out is as in an empty home. */
export function report(facts: readonly Fact[], setting: Setting = {}): StatusReport {
  const { credentials } = stateAfter(...facts)
  const { orders = {}, barred = [], ...more } = setting
  const input: StatusReportInput = {
    ...emptyHome(credentials),
    ...more,
    selectionOf: (id) => selection(id, input, orders[id] ?? null, barred),
  }
  return buildStatusReport(input)
}

function selection(
  id: ProviderId,
  input: StatusReportInput,
  configOrder: readonly ProfileId[] | null,
  barred: readonly Candidate[],
): Selection {
  const { now, lastUsedAt, expiryWarningMs } = input
  const isBarred = new Set(barred.map(({ profileId }) => profileId))
  const credentials = Object.values(input.credentials).filter(
    ({ provider: owner, profileId }) => owner === id && !isBarred.has(profileId),
  )
  const pins = { liveOverride: null, requestPin: null, sessionPin: null, agentOrder: null, sessionLast: null }
  return select({
    provider: id,
    now,
    credentials,
    barred: barred.filter(({ profileId }) => providerOf(profileId) === id),
    environmentOrder: [],
    ...pins,
    configOrder,
    facts: factsOf(lastUsedAt),
    groups: new Map(),
    strategy: 'ordered',
    allowPaidFallback: false,
    tried: new Set(),
    model: null,
    expiryWarningMs,
  })
}

export function inUse(more: Partial<StatusReportInput['expected']>): Setting {
  return {
    expected: { defaultProvider: null, profiles: [], ordered: [], orderedProfiles: [], groupedProfiles: [], ...more },
  }
}

export function limited(profileId: ProfileId, untilMs: number, model?: string): Fact {
  const until = iso(noon + untilMs)
  return {
    type: 'CredentialRateLimited',
    data: { profileId, ...(model === undefined ? {} : { model }), until, status: 429, refusals: 1 },
  }
}

export function disabled(profileId: ProfileId, reason: 'user' | 'billing' | 'unauthorized', retryMs?: number): Fact {
  const retry = retryMs === undefined ? {} : { retryAt: iso(noon + retryMs) }
  return { type: 'CredentialDisabled', data: { profileId, reason, ...retry } }
}

export const expiresIn = (ms: number): { expiresAt: string } => ({ expiresAt: iso(noon + ms) })
export const key = (profileId: ProfileId, name: string): Fact =>
  added(profileId, { source: { kind: 'env-file', name } })
export const codes = ({ check }: StatusReport): string[] => check.problems.map(({ code }) => code)
export const only = ({ check }: StatusReport): Problem | undefined =>
  check.problems.length === 1 ? check.problems[0] : undefined

export function emptyHome(credentials: StatusReportInput['credentials']): Omit<StatusReportInput, 'selectionOf'> {
  return {
    version: '0.1.0',
    pid: 7,
    http: 'http://127.0.0.1:7717',
    agent: main,
    now: noon,
    expiryWarningMs: dayMs,
    groups: new Map(),
    credentials,
    providers: [provider(openai, 'OPENAI'), provider(anthropic, 'ANTHROPIC')],
    expected: { defaultProvider: null, profiles: [], ordered: [], orderedProfiles: [], groupedProfiles: [] },
    settings: { configuration: [], envFile: [], profilesFiles: [] },
    troubles: new Map(),
    lastUsedAt: new Map(),
    environment: new Map(),
    last4: new Map(),
  }
}
