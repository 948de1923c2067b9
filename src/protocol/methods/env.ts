// Methods about the variables that hold keys.
import * as z from 'zod'
import { changeCounts, type MethodDeclaration, name, none, place, settingsProblem } from './shapes.ts'

const environmentVariable = z.object({
  name: z.string(),
  provider: z.string(),
  source: place,
  shadows: z.array(place),
  /** One for a single key, one for each member of a list. */
  credentials: z.array(z.object({ profileId: z.string(), fingerprint: z.string(), last4: z.string().nullable() })),
})

export const envMethods = {
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
} as const satisfies Record<string, MethodDeclaration>
