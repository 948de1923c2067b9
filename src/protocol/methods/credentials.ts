// Methods about credentials: what there is, and which one is next.
import * as z from 'zod'
import { cooldownMsMax } from '../../domain/cooldown.ts'
import { candidateStatus, credentialKind, instant, type MethodDeclaration, name, place } from './shapes.ts'

const listedCredential = z.object({
  profileId: z.string(),
  provider: z.string(),
  kind: credentialKind,
  source: place,
  fingerprint: z.string(),
  last4: z.string().optional(),
  status: candidateStatus,
  until: instant.optional(),
  expiresAt: instant.optional(),
  lastUsedAt: instant.optional(),
})

const resolvedCandidate = z.object({
  profileId: z.string(),
  status: candidateStatus,
  reason: z.string().nullable(),
  until: instant.optional(),
  secret: z.string().optional(),
})

export const credentialMethods = {
  'credentials.list': {
    summary: 'Every credential the gateway knows.',
    params: z.strictObject({ provider: name.optional(), agent: name.optional() }),
    result: z.array(listedCredential),
  },
  'credentials.resolve': {
    summary:
      'The candidates of a provider in order, each with its reason; with `reveal` also their secrets, which is recorded in the history.',
    params: z.strictObject({
      provider: name,
      agent: name.optional(),
      session: name.optional(),
      model: name.optional(),
      reveal: z.boolean().optional(),
    }),
    result: z.object({ basis: z.string(), candidates: z.array(resolvedCandidate), next: z.string().nullable() }),
  },
  'credentials.report': {
    summary: 'What a program that calls a provider itself was answered, so that everybody profits.',
    params: z.strictObject({
      profileId: name,
      model: name.optional(),
      outcome: z.enum(['ok', 'rate_limited', 'unauthorized', 'billing', 'restricted']),
      retryAfterMs: z.int().min(0).max(cooldownMsMax).optional(),
    }),
    result: z.object({ status: candidateStatus, until: instant.nullable() }),
  },
  'credentials.enable': {
    summary: 'Uses a disabled credential again.',
    params: z.strictObject({ profileId: name }),
    result: z.object({ profileId: z.string(), enabled: z.boolean() }),
  },
} as const satisfies Record<string, MethodDeclaration>
