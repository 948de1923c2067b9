// The method that looks over everything a host needs.
import * as z from 'zod'
import { type MethodDeclaration, name } from './shapes.ts'

const diagnosis = z.object({
  code: z.string(),
  severity: z.enum(['ok', 'warning', 'error']),
  message: z.string(),
  hint: z.string().optional(),
  /** It was wrong, and is not any more. */
  fixed: z.literal(true).optional(),
  /** The check could not be made; the message says why. */
  skipped: z.literal(true).optional(),
})

const caller = z.strictObject({
  version: name,
  unseenKeys: z.array(z.strictObject({ name, why: z.enum(['unseen', 'differs']) })).max(1_000),
})

export const doctorMethods = {
  'doctor.run': {
    summary:
      'Runs every check of the table in `doctor`, each with a time limit, and says what it found; `fix` mends what can be mended without a loss. `caller` is what a program says of itself: its version, and the names of keys that it has and the gateway has not.',
    params: z.strictObject({ fix: z.boolean().optional(), caller: caller.optional() }),
    result: z.array(diagnosis),
  },
} as const satisfies Record<string, MethodDeclaration>
