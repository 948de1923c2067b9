// Methods about the order of candidates and about cooldowns.
import * as z from 'zod'
import { instant, type MethodDeclaration, name } from './shapes.ts'

export const orderMethods = {
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
} as const satisfies Record<string, MethodDeclaration>
