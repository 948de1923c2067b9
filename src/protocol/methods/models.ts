// Methods about providers and the state of what serves them.
import * as z from 'zod'
import { probeOutcomes } from '../../domain/probe.ts'
import { providerStatuses } from '../../domain/report.ts'
import { type UsageGrouping, usageGroupings } from '../../domain/usage.ts'
import { candidateStatus, credentialKind, instant, type MethodDeclaration, name, place, problem } from './shapes.ts'

const probe = z.object({
  outcome: z.enum(probeOutcomes),
  status: z.int().optional(),
  latencyMs: z.int().optional(),
  message: z.string().optional(),
})

/** Of the notification `models.probed`. */
export const probed = z.object({ profileId: z.string(), outcome: z.enum(probeOutcomes) })

const statusReport = z.object({
  version: z.literal(1),
  agent: z.string(),
  gateway: z.object({ version: z.string(), pid: z.int(), http: z.string().nullable() }),
  check: z.object({ exitCode: z.union([z.literal(0), z.literal(1), z.literal(2)]), problems: z.array(problem) }),
  providers: z.array(
    z.object({
      provider: z.string(),
      status: z.enum(providerStatuses),
      endpoint: z.string(),
      next: z.string().nullable(),
      candidates: z.array(
        z.object({
          profileId: z.string(),
          kind: credentialKind,
          agent: z.string().nullable(),
          source: place.extend({ shadows: z.array(place) }),
          fingerprint: z.string(),
          last4: z.string().nullable(),
          status: candidateStatus,
          reason: z.string().nullable(),
          until: instant.nullable(),
          expiresAt: instant.nullable(),
          lastUsedAt: instant.nullable(),
          probe: probe.optional(),
        }),
      ),
    }),
  ),
})

const count = z.int().min(0)
const usage = {
  requests: count,
  ok: count,
  rateLimited: count,
  refused: count,
  failed: count,
  clientLeft: count,
  providerError: count,
  attempts: count,
  inputTokens: count,
  outputTokens: count,
  cachedInputTokens: count,
  reasoningTokens: count,
  uncounted: count,
  durationMs: count,
  waitedMs: count,
  firstTokenMs: count.nullable(),
}

const timeoutMs = z.int().min(1_000).max(60_000).optional()

export const modelMethods = {
  'models.status': {
    summary:
      'The status report of every provider that has a credential or is in use. With `probe` each credential that is not excluded is tried against a free endpoint of its provider, which changes nothing here; `timeoutMs` is for all of them together.',
    params: z.strictObject({ agent: name.optional(), probe: z.boolean().optional(), timeoutMs }),
    result: statusReport,
  },
  'models.list': {
    summary:
      "The models that each provider with a usable credential lists, kept for an hour unless `fresh`, with the configuration's default and aliases marked; `note` says why a list is missing.",
    params: z.strictObject({
      provider: name.optional(),
      agent: name.optional(),
      timeoutMs,
      fresh: z.boolean().optional(),
    }),
    result: z.object({
      default: z.string().nullable(),
      providers: z.array(
        z.object({
          provider: z.string(),
          fetchedAt: instant.nullable(),
          note: z.string().optional(),
          models: z.array(
            z.object({
              name: z.string(),
              default: z.literal(true).optional(),
              aliases: z.array(z.string()).optional(),
            }),
          ),
        }),
      ),
    }),
  },
  'models.usage': {
    summary:
      'What model requests took since an hour (`since`, 7 days ago if not given) up to now or `until`, what is not written yet included: requests by outcome, attempts, tokens as providers count them (`cachedInputTokens` are part of the input, `reasoningTokens` of the output, `uncounted` are answers whose tokens nobody told), the mean duration, the time spent waiting for a credential, and the median time to the first token as near as it is kept. A row for each of what `by` names, credentials unless given, the largest first and 1,000 at most; days are in order, in a time zone `utcOffsetMinutes` ahead of UTC.',
    params: z.strictObject({
      since: instant.optional(),
      until: instant.optional(),
      provider: name.optional(),
      profileId: name.optional(),
      model: name.optional(),
      agent: name.optional(),
      client: name.optional(),
      by: z.enum(Object.keys(usageGroupings) as UsageGrouping[]).optional(), // the keys of a constant
      utcOffsetMinutes: z.int().min(-1_440).max(1_440).optional(),
    }),
    result: z.object({
      since: instant,
      until: instant,
      by: z.string(),
      rows: z.array(
        z.object({
          day: z.iso.date().optional(),
          provider: z.string().optional(),
          profileId: z.string().nullable().optional(),
          model: z.string().nullable().optional(),
          agent: z.string().nullable().optional(),
          client: z.string().optional(),
          ...usage,
        }),
      ),
      totals: z.object(usage),
    }),
  },
  'models.set': {
    summary:
      'Writes `models.default` to traseai.json, an alias as the model it stands for; null removes it. `next` is the credential that a request for it gets now.',
    params: z.strictObject({ model: name.nullable() }),
    result: z.object({ model: z.string().nullable(), before: z.string().nullable(), next: z.string().nullable() }),
  },
} as const satisfies Record<string, MethodDeclaration>
