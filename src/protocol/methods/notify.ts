// Methods about the notices that people get.
import * as z from 'zod'
import { matterKinds } from '../../domain/matter.ts'
import { instant, type MethodDeclaration, name, none } from './shapes.ts'

const severity = z.enum(['warning', 'error'])

/** A matter on one channel. */
const telling = z.object({
  channel: z.string(),
  /** When it was told first, and last. */
  toldAt: instant.nullable(),
  lastToldAt: instant.nullable(),
  /** When it is told next, at the earliest; null when it is not told again. */
  nextAt: instant.nullable(),
})

const matter = z.object({
  key: z.string(),
  kind: z.enum(matterKinds),
  severity,
  title: z.string(),
  message: z.string(),
  hint: z.string(),
  profileId: z.string().optional(),
  provider: z.string().optional(),
  since: instant,
  until: instant.nullable(),
  /** For each channel that wants its kind. */
  channels: z.array(telling),
})

const channel = z.object({
  name: z.string(),
  kind: z.enum(['ntfy', 'webhook', 'exec', 'desktop']),
  /** The kinds that it is told of; null for all. */
  only: z.array(z.enum(matterKinds)).nullable(),
  quietHours: z.string().nullable(),
  /** While it is quiet there: until when. */
  quietUntil: instant.nullable(),
  /** Why its last attempt failed, when, and when it is tried again (null: not before there is something new). */
  trouble: z.object({ reason: z.string(), at: instant, failures: z.int(), retryAt: instant.nullable() }).nullable(),
})

const outcome = z.object({
  channel: z.string(),
  kind: channel.shape.kind,
  ok: z.boolean(),
  /** Why it did not take the notice. */
  reason: z.string().optional(),
})

export const notifyMethods = {
  'notify.list': {
    summary:
      'What a person should know of now: each matter with who was told, when it is told next, and how the channels of `notify` are.',
    params: none,
    result: z.object({ matters: z.array(matter), channels: z.array(channel) }),
  },
  'notify.test': {
    summary:
      'Sends a test over every channel of `notify`, or over one, whatever its quiet hours, and says for each whether it took it.',
    params: z.strictObject({ channel: name.optional() }),
    result: z.array(outcome),
  },
} as const satisfies Record<string, MethodDeclaration>
