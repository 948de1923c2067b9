// Methods about the history.
import * as z from 'zod'
import { actorSchema } from '../../domain/events.ts'
import { instant, type MethodDeclaration, name } from './shapes.ts'

export const event = z.object({
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

export const auditMethods = {
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
