// Methods about credentials: what there is, and which one is next.
import * as z from 'zod'
import { cooldownMsMax } from '../../domain/cooldown.ts'
import { referenceCharactersMax } from '../../domain/profiles-file.ts'
import { strategies } from '../../domain/strategy.ts'
import { candidateStatus, credentialKind, instant, type MethodDeclaration, name, place } from './shapes.ts'

const listedCredential = z.object({
  profileId: z.string(),
  provider: z.string(),
  kind: credentialKind,
  source: place,
  fingerprint: z.string(),
  last4: z.string().optional(),
  /** The one agent it is for; without one it is for all. */
  agent: z.string().optional(),
  status: candidateStatus,
  reason: z.string().optional(),
  until: instant.optional(),
  expiresAt: instant.optional(),
  lastUsedAt: instant.optional(),
})

/** As long as a value of .env may be. */
const secretCharactersMax = 65_536

const newCredential = z
  .strictObject({
    profileId: name,
    provider: name,
    kind: credentialKind,
    secret: z.string().min(1).max(secretCharactersMax).optional(),
    /** `env:NAME`, `file:/path` or `exec:/program arguments`, in place of a secret. */
    reference: z.string().min(1).max(referenceCharactersMax).optional(),
    expiresAt: instant.optional(),
    agent: name.optional(),
  })
  .refine(({ secret, reference }) => (secret === undefined) !== (reference === undefined), {
    error: 'expected either a secret or a reference',
    path: ['secret'],
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
    summary: 'Every credential the gateway knows, or those that an agent may use.',
    params: z.strictObject({ provider: name.optional(), agent: name.optional() }),
    result: z.array(listedCredential),
  },
  'credentials.resolve': {
    summary:
      'The candidates of a provider in order, each with its reason; `model` is as the provider calls it, with the provider in front, or an alias. With `reveal` also their secrets, which is recorded in the history.',
    params: z.strictObject({
      provider: name,
      agent: name.optional(),
      session: name.optional(),
      model: name.optional(),
      reveal: z.boolean().optional(),
    }),
    result: z.object({
      basis: z.string(),
      strategy: z.enum(strategies),
      candidates: z.array(resolvedCandidate),
      next: z.string().nullable(),
    }),
  },
  'credentials.report': {
    summary:
      'What a program that calls a provider itself was answered, so that everybody profits. `startedAt` is when its request began, without it now: an answer to a request from before the last cooldown or value says nothing about the present.',
    params: z.strictObject({
      profileId: name,
      model: name.optional(),
      outcome: z.enum(['ok', 'rate_limited', 'unauthorized', 'billing', 'restricted']),
      retryAfterMs: z.int().min(0).max(cooldownMsMax).optional(),
      startedAt: instant.optional(),
    }),
    result: z.object({ status: candidateStatus, until: instant.nullable() }),
  },
  'credentials.check': {
    summary:
      'Refuses what `credentials.add` would refuse whatever the secret is: ask it before a person has to find and paste one.',
    params: z.strictObject({ profileId: name, provider: name, agent: name.optional() }),
    result: z.object({}),
  },
  'credentials.add': {
    summary:
      'Stores a secret, sealed, or a reference to one. Adding an id that exists rotates it. `next` is what the next request will use.',
    params: newCredential,
    result: z.object({
      profileId: z.string(),
      rotated: z.boolean(),
      next: z.string().nullable(),
      notes: z.array(z.string()),
    }),
  },
  'credentials.remove': {
    summary:
      'Forgets a stored credential and destroys its secret. With `stored` false there was none, and an entry of `auth.profiles` that named it is taken out.',
    params: z.strictObject({ profileId: name }),
    result: z.object({ profileId: z.string(), stored: z.boolean(), notes: z.array(z.string()) }),
  },
  'credentials.reveal': {
    summary: 'The secret of a credential in the clear, which is recorded in the history before it leaves.',
    params: z.strictObject({ profileId: name }),
    result: z.object({ profileId: z.string(), secret: z.string() }),
  },
  'credentials.disable': {
    summary: 'Passes a credential over until it is enabled or its value changes.',
    params: z.strictObject({ profileId: name }),
    result: z.object({ profileId: z.string(), disabled: z.boolean() }),
  },
  'credentials.enable': {
    summary: 'Uses a disabled credential again.',
    params: z.strictObject({ profileId: name }),
    result: z.object({ profileId: z.string(), enabled: z.boolean() }),
  },
} as const satisfies Record<string, MethodDeclaration>
