// Methods about sessions: the `/model` command of a chat, and what a session's requests are sent with.
import * as z from 'zod'
import { modelOrigins } from '../../domain/session-view.ts'
import { candidateStatus, instant, type MethodDeclaration, name } from './shapes.ts'

/** Wide enough for a model with a credential beside it on a telephone, narrow enough for any screen. */
const width = z.int().min(20).max(500).optional()

const pin = z.object({
  /** The agent in whose name it was pinned. */
  agent: z.string(),
  /** `provider/model`. */
  model: z.string(),
  /** Null: the model alone is pinned, and the credential is chosen for each request. */
  profileId: z.string().nullable(),
  since: instant,
})

/** What a request for a model would be sent with now; `next` is null when no credential is usable. */
const served = {
  next: z.string().nullable(),
  /** Of `next`, else of the one that is due first. */
  status: candidateStatus.nullable(),
  /** When that one may be used again. */
  until: instant.nullable(),
}

const choice = z.object({
  /** For `/model <number>`. */
  number: z.int(),
  model: z.string(),
  aliases: z.array(z.string()),
  default: z.literal(true).optional(),
  current: z.literal(true).optional(),
  ...served,
})

export const sessionMethods = {
  'session.command': {
    summary:
      'The `/model` command of a chat: `text` is what the user typed, the answer what to show, in lines of at most `width` columns (80). `pin` is the one in force afterwards; `choices` are the numbered models that a list shows.',
    params: z.strictObject({ session: name, agent: name.optional(), text: z.string().max(4_096), width }),
    result: z.object({
      text: z.string(),
      changed: z.boolean(),
      pin: pin.optional(),
      choices: z.array(choice).optional(),
    }),
  },
  'session.get': {
    summary:
      'Which model a session uses, whether the session chose it or the configuration (`models.default`), and which credential its next request gets. `problem` says why none, and what to do.',
    params: z.strictObject({ session: name, agent: name.optional() }),
    result: z.object({
      session: z.string(),
      agent: z.string(),
      /** `provider/model`, null when nobody chose one. */
      model: z.string().nullable(),
      origin: z.enum(modelOrigins),
      default: z.string().nullable(),
      pin: pin.optional(),
      ...served,
      problem: z.string().optional(),
    }),
  },
} as const satisfies Record<string, MethodDeclaration>
