// Methods about the order of candidates and about cooldowns.
import * as z from 'zod'
import { instant, type MethodDeclaration, name } from './shapes.ts'

const order = z.object({
  /** Whose it is, or would be. */
  agent: z.string(),
  profileIds: z.array(z.string()),
  /** `agent`: set for an agent; `config`: auth.order of traseai.json; `default`: nobody set one. */
  origin: z.enum(['agent', 'config', 'default']),
  /** The default agent, when it is its order that another agent uses. */
  inheritedFrom: z.string().optional(),
})
const changedOrder = order.extend({ changed: z.boolean() })

export const orderMethods = {
  'order.get': {
    summary: 'The order of a provider for an agent, and where it comes from.',
    params: z.strictObject({ provider: name, agent: name.optional() }),
    result: order,
  },
  'order.set': {
    summary: 'Uses the listed credentials only, in this order, for an agent and those that inherit from it.',
    params: z.strictObject({ provider: name, agent: name.optional(), profileIds: z.array(name).max(1_000) }),
    result: changedOrder,
  },
  'order.clear': {
    summary: "Drops an agent's order; the answer is what is in force then.",
    params: z.strictObject({ provider: name, agent: name.optional() }),
    result: changedOrder,
  },
  'cooldowns.list': {
    summary:
      'The cooldowns that are running now. One of another member of its quota group counts for a credential as its own, and `limitedBy` says whose it is.',
    params: z.strictObject({ provider: name.optional(), profileId: name.optional() }),
    result: z.array(
      z.object({
        profileId: z.string(),
        model: z.string().nullable(),
        since: instant,
        until: instant,
        refusals: z.int(),
        limitedBy: z.string().optional(),
        group: z.string().optional(),
      }),
    ),
  },
  'cooldowns.clear': {
    summary:
      'Ends running cooldowns at once; for a member of a quota group those of the whole group. `cleared` names all that are usable again by that.',
    params: z.strictObject({ provider: name.optional(), profileId: name.optional() }),
    result: z.object({ cleared: z.array(z.string()) }),
  },
} as const satisfies Record<string, MethodDeclaration>
