// Methods about the tokens of clients.
import * as z from 'zod'
import { clientNamePattern } from '../../domain/client.ts'
import { instant, type MethodDeclaration, name, none } from './shapes.ts'

export const clientMethods = {
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
} as const satisfies Record<string, MethodDeclaration>
