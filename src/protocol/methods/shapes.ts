// Shapes that several methods share: names, instants, places and findings as they cross the socket.
import * as z from 'zod'
import { credentialKinds, sourceKinds } from '../../domain/events.ts'
import { candidateStatuses } from '../../domain/candidate.ts'

export const instant = z.iso.datetime()
export const credentialKind = z.enum(credentialKinds)
export const candidateStatus = z.enum(candidateStatuses)
export const name = z.string().min(1).max(256)
/** Where a key comes from: the layer and the variable. */
export const place = z.object({ kind: z.enum(sourceKinds), name: z.string() })
export const problem = z.object({
  code: z.string(),
  provider: z.string().optional(),
  profileId: z.string().optional(),
  message: z.string(),
  hint: z.string(),
})

export const settingsProblem = z.object({
  file: z.string(),
  line: z.int().nullable(),
  key: z.string().nullable(),
  message: z.string(),
  hint: z.string().nullable(),
})

/** Credentials of the environment that changed. */
export const changeCounts = z.object({ added: z.int(), rotated: z.int(), removed: z.int() })

export const none = z.strictObject({})

export interface MethodDeclaration {
  readonly summary: string
  readonly params: z.ZodType
  readonly result: z.ZodType
}
