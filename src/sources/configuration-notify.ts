// The settings of notices as they are written in traseai.json: who is told, over which channel, and when not.
import * as z from 'zod'
import { matterKinds } from '../domain/matter.ts'
import { namePattern } from '../domain/ids.ts'
import type { ChannelSettings } from '../domain/notice-channel.ts'
import { parseQuietHours } from '../domain/quiet-hours.ts'
import { httpUrl } from './configuration-gateway.ts'

const common = {
  name: z
    .string()
    .regex(namePattern, 'expected a name: letters, digits, dots and dashes')
    .describe('What commands and the history call it; without one it is called after its kind.')
    .optional(),
  quietHours: z
    .string()
    .refine((text) => parseQuietHours(text) !== null, 'expected local times such as "22:00-07:00"')
    .describe('Local time in which nothing is told; what falls into it is told at its end, together.')
    .optional(),
  only: z.array(z.enum(matterKinds)).min(1).describe('The kinds of matters that are told; all without it.').optional(),
}
const tokenFile = z
  .string()
  .min(1)
  .max(4_096)
  .describe('A file with a token that is sent as `Authorization: Bearer`; a relative path begins beside traseai.json.')
  .optional()

const channel = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('ntfy'),
    ...common,
    url: httpUrl.describe('The address of an ntfy topic.'),
    tokenFile,
    click: z.url().max(2_048).describe('What opens when the notice is tapped.').optional(),
  }),
  z.strictObject({
    kind: z.literal('webhook'),
    ...common,
    url: httpUrl.describe('The address that gets a POST with the notice as JSON.'),
    tokenFile,
  }),
  z.strictObject({
    kind: z.literal('exec'),
    ...common,
    command: z
      .array(z.string().min(1))
      .min(1)
      .max(64)
      .describe(
        'A program and its arguments; the notice is added as the last one, and comes as JSON on its standard input.',
      ),
  }),
  z.strictObject({ kind: z.literal('desktop'), ...common }),
]) satisfies z.ZodType<ChannelSettings>

export const notify = z
  .array(channel)
  .max(20)
  .default([])
  .describe('Who is told when a credential is about to end, and of other trouble.')
