// Methods about signing in to a provider: each sign-in has an id, and goes through the same states whatever its method.
import * as z from 'zod'
import { loginMethodNames, loginStates } from '../../domain/login.ts'
import { instant, type MethodDeclaration, name } from './shapes.ts'

/** One line of printable ASCII: it is typed into a terminal, where anything else could be a command. */
const code = z
  .string()
  .trim()
  .min(1)
  .max(4_096)
  .regex(/^[\x20-\x7e]*$/, 'a code is one line of printable characters')

export const loginProgress = z.object({
  loginId: z.string(),
  provider: z.string(),
  method: z.enum(loginMethodNames),
  state: z.enum(loginStates),
  /** The address to open, while a code is waited for. */
  url: z.string().optional(),
  refusedCodes: z.int(),
  /** What was said to the last code that was refused. */
  refusal: z.string().optional(),
  profileId: z.string(),
  /** Of the credential, once it is stored, with what is used next. */
  expiresAt: instant.optional(),
  rotated: z.boolean().optional(),
  next: z.string().nullable().optional(),
  notes: z.array(z.string()).optional(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
})

const loginId = name

export const loginMethods = {
  'login.start': {
    summary:
      'Begins to sign in: `setup-token` runs the program `claude` on the host of the gateway. Answers at once; `login.changed` tells how it goes on. With `bound` it is cancelled when the caller goes away; with `browser` one may be opened on that host.',
    params: z.strictObject({
      provider: name,
      method: z.enum(loginMethodNames),
      profileId: name.optional(),
      agent: name.optional(),
      browser: z.boolean().optional(),
      bound: z.boolean().optional(),
    }),
    result: loginProgress,
  },
  'login.submit': {
    summary: 'Hands in the code that the page at `url` gave; from whichever connection.',
    params: z.strictObject({ loginId, code }),
    result: loginProgress,
  },
  'login.get': {
    summary:
      'How far a sign-in is; 10 minutes after its end it is forgotten. With `follow` the caller gets `login.changed` from now on.',
    params: z.strictObject({ loginId, follow: z.boolean().optional() }),
    result: loginProgress,
  },
  'login.cancel': {
    summary: 'Ends a sign-in and everything it started. One that is over stays as it is.',
    params: z.strictObject({ loginId }),
    result: loginProgress,
  },
} as const satisfies Record<string, MethodDeclaration>
