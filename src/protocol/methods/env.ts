// Methods about the variables that hold keys.
import * as z from 'zod'
import { environmentChanges } from '../../domain/environment-change.ts'
import { changeCounts, type MethodDeclaration, name, none, place, settingsProblem } from './shapes.ts'

const environmentVariable = z.object({
  name: z.string(),
  provider: z.string(),
  source: place,
  /** The same variable in later layers, and whether it has another value there. */
  shadows: z.array(place.extend({ differs: z.boolean() })),
  /** What a new value at its source needs: nothing, `gateway.reload`, or another gateway. */
  change: z.enum(environmentChanges),
  /** One for a single key, one for each member of a list. */
  credentials: z.array(z.object({ profileId: z.string(), fingerprint: z.string(), last4: z.string().nullable() })),
})

export const envMethods = {
  'env.list': {
    summary:
      'Each variable that holds a key: its layer, what it shadows, what a change of it needs, fingerprints; never a value.',
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
    result: z.object({
      name: z.string(),
      profileIds: z.array(z.string()),
      shadowedBy: place.nullable(),
      /** What is odd about the value, which was written all the same. */
      notes: z.array(z.string()),
    }),
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
} as const satisfies Record<string, MethodDeclaration>
