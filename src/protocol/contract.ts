// Every method of the control socket, declared once: parameters, result, and what it is for. Server, client and reference take it from here.
import * as z from 'zod'
import { clientNamePattern } from '../domain/client.ts'
import { cooldownMsMax } from '../domain/cooldown.ts'
import { actorSchema, credentialKinds, sourceKinds } from '../domain/events.ts'
import { providerStatuses } from '../domain/report.ts'
import { candidateStatuses } from '../domain/selection.ts'

const instant = z.iso.datetime()
const credentialKind = z.enum(credentialKinds)
const candidateStatus = z.enum(candidateStatuses)
const name = z.string().min(1).max(256)
/** Where a key comes from: the layer and the variable. */
const place = z.object({ kind: z.enum(sourceKinds), name: z.string() })
const problem = z.object({
  code: z.string(),
  provider: z.string().optional(),
  profileId: z.string().optional(),
  message: z.string(),
  hint: z.string(),
})

const settingsProblem = z.object({
  file: z.string(),
  line: z.int().nullable(),
  key: z.string().nullable(),
  message: z.string(),
  hint: z.string().nullable(),
})

const gatewayStatus = z.object({
  version: z.string(),
  pid: z.int(),
  startedAt: instant,
  home: z.string(),
  http: z.string().nullable(),
  socket: z.string(),
  configuration: z.object({ ok: z.boolean(), problems: z.array(settingsProblem) }),
  environment: z.object({ ok: z.boolean(), problems: z.array(settingsProblem) }),
  eventCount: z.int(),
})

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
          source: place.extend({ shadows: z.array(place) }),
          fingerprint: z.string(),
          last4: z.string().nullable(),
          status: candidateStatus,
          reason: z.string().nullable(),
          until: instant.nullable(),
          expiresAt: instant.nullable(),
          lastUsedAt: instant.nullable(),
        }),
      ),
    }),
  ),
})

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

const event = z.object({
  position: z.int(),
  stream: z.string(),
  version: z.int(),
  type: z.string(),
  schema: z.int(),
  at: instant,
  actor: actorSchema,
  cause: z.int().nullable(),
  data: z.record(z.string(), z.unknown()),
})

const environmentVariable = z.object({
  name: z.string(),
  provider: z.string(),
  source: place,
  shadows: z.array(place),
  /** One for a single key, one for each member of a list. */
  credentials: z.array(z.object({ profileId: z.string(), fingerprint: z.string(), last4: z.string().nullable() })),
})

/** Credentials of the environment that changed. */
const changeCounts = z.object({ added: z.int(), rotated: z.int(), removed: z.int() })

const none = z.strictObject({})

interface MethodDeclaration {
  readonly summary: string
  readonly params: z.ZodType
  readonly result: z.ZodType
}

export const contract = {
  'gateway.status': {
    summary: 'Who serves this home, since when, and whether its settings are in order.',
    params: none,
    result: gatewayStatus,
  },
  'gateway.reload': {
    summary: 'Reads traseai.json and every environment layer again, and says what changed.',
    params: none,
    result: z.object({
      configuration: z.boolean(),
      /** Changed settings that only a restart takes up. */
      restartNeeded: z.array(z.string()),
      ...changeCounts.shape,
    }),
  },
  'gateway.stop': { summary: 'Answers, then stops in good order.', params: none, result: z.object({}) },
  'client.hello': {
    summary:
      'Says that the caller is the command line, so that the history calls it `cli`. Who it is (uid, pid, program) comes from the kernel.',
    params: z.strictObject({ kind: z.enum(['cli', 'rpc']) }),
    result: z.object({}),
  },
  'models.status': {
    summary: 'The status report of every provider that has a credential or is in use.',
    params: z.strictObject({ agent: name.optional() }),
    result: statusReport,
  },
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
      outcome: z.enum(['ok', 'rate_limited', 'unauthorized', 'billing']),
      retryAfterMs: z.int().min(0).max(cooldownMsMax).optional(),
    }),
    result: z.object({ status: candidateStatus, until: instant.nullable() }),
  },
  'credentials.enable': {
    summary: 'Uses a disabled credential again.',
    params: z.strictObject({ profileId: name }),
    result: z.object({ profileId: z.string(), enabled: z.boolean() }),
  },
  'order.get': {
    summary: 'The order of a provider for an agent, and where it comes from.',
    params: z.strictObject({ provider: name, agent: name.optional() }),
    result: z.object({ profileIds: z.array(z.string()), origin: z.enum(['agent', 'config', 'default']) }),
  },
  'cooldowns.list': {
    summary: 'The cooldowns that are running now.',
    params: z.strictObject({ provider: name.optional(), profileId: name.optional() }),
    result: z.array(
      z.object({
        profileId: z.string(),
        model: z.string().nullable(),
        since: instant,
        until: instant,
        refusals: z.int(),
      }),
    ),
  },
  'cooldowns.clear': {
    summary: 'Ends running cooldowns at once.',
    params: z.strictObject({ provider: name.optional(), profileId: name.optional() }),
    result: z.object({ cleared: z.array(z.string()) }),
  },
  'env.list': {
    summary: 'Each variable that holds a key: its layer, what it shadows, fingerprints; never a value.',
    params: none,
    result: z.object({
      file: z.string(),
      variables: z.array(environmentVariable),
      /** `ANTHROPIC` of `ANTHROPIC_API_KEY`, for every provider that is configured. */
      prefixes: z.array(z.string()),
      problems: z.array(settingsProblem),
    }),
  },
  'env.set': {
    summary: 'Writes one variable to .env, keeping every other line and comment.',
    params: z.strictObject({ name, value: z.string().min(1).max(65_536) }),
    result: z.object({ name: z.string(), profileIds: z.array(z.string()), shadowedBy: place.nullable() }),
  },
  'env.unset': {
    summary: 'Removes one variable from .env.',
    params: z.strictObject({ name }),
    result: z.object({ name: z.string(), removed: z.boolean(), stillSetIn: place.nullable() }),
  },
  'env.reload': {
    summary: 'Reads every environment layer again, the login shell included.',
    params: none,
    result: changeCounts,
  },
  'clients.issue': {
    summary:
      'A token for a client of the HTTP gateway, shown this once. With `bound` it dies with the calling process, with `boundToPid` with that one.',
    params: z.strictObject({
      name: z.string().regex(clientNamePattern, 'letters, digits and . _ : @ -, at most 64'),
      bound: z.boolean().optional(),
      boundToPid: z.int().positive().optional(),
    }),
    result: z.object({ name: z.string(), token: z.string() }),
  },
  'clients.list': {
    summary: 'Client names; tokens are kept nowhere.',
    params: none,
    result: z.array(z.object({ name: z.string(), issuedAt: instant, boundToPid: z.int().nullable() })),
  },
  'clients.revoke': {
    summary: 'Refuses the token of a client from now on.',
    params: z.strictObject({ name }),
    result: z.object({ name: z.string() }),
  },
  'audit.log': {
    summary: 'A page of the history, newest first unless `order` is `asc`.',
    params: z.strictObject({
      profileId: name.optional(),
      provider: name.optional(),
      type: name.optional(),
      since: instant.optional(),
      until: instant.optional(),
      after: z.int().nonnegative().optional(),
      limit: z.int().min(1).max(1_000).optional(),
      order: z.enum(['asc', 'desc']).optional(),
    }),
    result: z.object({ events: z.array(event), next: z.int().optional() }),
  },
  'audit.get': {
    summary: 'One event by its position.',
    params: z.strictObject({ position: z.int().positive() }),
    result: event,
  },
  'audit.subscribe': {
    summary:
      'From now on every event after `after` (default: the newest) comes as a notification `audit.event`, none missed and none twice.',
    params: z.strictObject({ after: z.int().nonnegative().optional() }),
    result: z.object({ after: z.int() }),
  },
} as const satisfies Record<string, MethodDeclaration>

/** Notifications the gateway sends to subscribers. */
export const notifications = {
  'audit.event': { summary: 'One event of the history.', params: event },
} as const satisfies Record<string, { summary: string; params: z.ZodType }>

export type Method = keyof typeof contract
/** What a caller may send. */
export type Params<M extends Method> = z.input<(typeof contract)[M]['params']>
/** What a handler gets, parsed. */
export type ParsedParams<M extends Method> = z.output<(typeof contract)[M]['params']>
export type Result<M extends Method> = z.output<(typeof contract)[M]['result']>
export type WireEvent = z.output<typeof event>
