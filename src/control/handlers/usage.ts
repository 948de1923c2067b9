// The handler that tells what model requests took.
import {
  addUsage,
  medianFirstContentMs,
  noUsage,
  type UsageCounts,
  type UsageGroup,
  type UsageGroupKey,
  type UsageKey,
} from '../../domain/usage.ts'
import { TraseError } from '../../errors.ts'
import type { ParsedParams, Result } from '../../protocol/contract.ts'
import type { ControlDeps } from '../deps.ts'
import type { Answer, CallContext, Handlers } from '../handler.ts'
import { knownCredential } from '../known.ts'

const msPerHour = 3_600_000
const msPerDay = 24 * msPerHour
const sinceDefaultMs = 7 * msPerDay

export const usageHandlers = { 'models.usage': usage } as const satisfies Handlers<'models.usage'>

type Asked = ParsedParams<'models.usage'>
type Row = Result<'models.usage'>['rows'][number]

async function usage(asked: Asked, { deps }: CallContext): Promise<Answer<'models.usage'>> {
  const now = deps.host.now()
  const since = asked.since === undefined ? now - sinceDefaultMs : Date.parse(asked.since)
  const until = asked.until === undefined ? now : Date.parse(asked.until)
  const { by = 'credential', utcOffsetMinutes = 0 } = asked
  const [from, to] = [Math.floor(since / msPerHour), Math.floor(until / msPerHour)]
  if (until < since) throw new TraseError('usage', 'until is before since')
  const question = { from, to, by, utcOffsetMinutes }
  let groups = await deps.usage({ ...question, only: filterOf(asked) })
  const named = groups.length === 0 ? otherName(deps, asked) : null
  if (named !== null) groups = await deps.usage({ ...question, only: filterOf({ ...asked, ...named }) })
  if (groups.length === 0) refuseUnknown(deps, asked)
  const total = noUsage()
  for (const { counts } of groups) addUsage(total, counts)
  return {
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    by,
    rows: (by === 'day' ? byDay(groups) : groups).map(rowOf),
    totals: figures(total),
  }
}

function filterOf({ provider, profileId, model, agent, client }: Asked): Partial<UsageKey> {
  const given = Object.entries({ provider, profileId, model, agent, client }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given)
}

/** A model as it is called everywhere else, by an alias or with its provider; null when it is neither. */
function otherName(deps: ControlDeps, { model, provider }: Asked): Pick<Asked, 'model' | 'provider'> | null {
  if (model === undefined) return null
  const { aliases } = deps.configuration().value.models
  const full = Object.hasOwn(aliases, model) ? (aliases[model] ?? model) : model
  const slash = full.indexOf('/')
  const [prefix, name] = [full.slice(0, slash), full.slice(slash + 1)]
  const isNamed = slash > 0 && (provider ?? prefix) === prefix && deps.providers().some(({ id }) => id === prefix)
  return isNamed ? { provider: prefix, model: name } : null
}

/** What was removed still has its history; a name that has none and that nobody knows is mistyped. */
function refuseUnknown(deps: ControlDeps, { provider, profileId }: Asked): void {
  if (provider !== undefined) deps.provider(provider)
  if (profileId !== undefined) knownCredential(deps, profileId)
}

function byDay(groups: readonly UsageGroup[]): UsageGroup[] {
  return groups.toSorted((a, b) => (a.key.day ?? 0) - (b.key.day ?? 0))
}

function rowOf({ key, counts }: UsageGroup): Row {
  return { ...namesOf(key), ...figures(counts) }
}

/** Empty names are kept for what was not there. */
function namesOf({ day, provider, profileId, model, agent, client }: UsageGroupKey): Partial<Row> {
  return {
    ...(day !== undefined && { day: new Date(day * msPerDay).toISOString().slice(0, 10) }),
    ...(provider !== undefined && { provider }),
    ...(profileId !== undefined && { profileId: profileId || null }),
    ...(model !== undefined && { model: model || null }),
    ...(agent !== undefined && { agent: agent || null }),
    ...(client !== undefined && { client }),
  }
}

function figures(counts: Readonly<UsageCounts>): Result<'models.usage'>['totals'] {
  const { requests, durationMs } = counts
  return {
    requests,
    ok: counts.ok,
    rateLimited: counts.rateLimited,
    refused: counts.refused,
    failed: counts.failed,
    clientLeft: counts.clientLeft,
    providerError: counts.providerError,
    attempts: counts.attempts,
    inputTokens: counts.inputTokens,
    outputTokens: counts.outputTokens,
    cachedInputTokens: counts.cachedInputTokens,
    reasoningTokens: counts.reasoningTokens,
    uncounted: counts.uncounted,
    durationMs: requests === 0 ? 0 : Math.round(durationMs / requests),
    waitedMs: counts.waitedMs,
    firstTokenMs: medianFirstContentMs(counts),
  }
}
