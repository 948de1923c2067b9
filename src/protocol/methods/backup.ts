// Methods about backups: making one, and reading it piece by piece.
import * as z from 'zod'
import { recipientsMax } from '../../domain/backup.ts'
import { instant, type MethodDeclaration } from './shapes.ts'

/** Those of age are 62 characters long, the ones that withstand quantum computers 2,000. */
const recipient = z.string().min(1).max(4_096)
const passphrase = z.strictObject({
  salt: z.base64().max(24),
  workFactor: z.int().min(10).max(20),
  key: z.base64().max(44),
})

export const backupMethods = {
  'backup.create': {
    summary:
      'Copies everything at one moment: the history, stored secrets with their master key (unless `masterKey` is false), `.env`, traseai.json and what agents have. It is sealed with age, for `recipients` or for a passphrase: `key` is scrypt of it (N = 2^`workFactor`, r = 8, p = 1, 32 bytes; the salt is `age-encryption.org/v1/scrypt` and the 16 bytes of `salt`). One at a time; it ends with the connection, and after a minute in which nothing was read.',
    params: z.union([
      z.strictObject({ recipients: z.array(recipient).min(1).max(recipientsMax), masterKey: z.boolean().optional() }),
      z.strictObject({ passphrase, masterKey: z.boolean().optional() }),
    ]),
    result: z.object({
      backupId: z.string(),
      position: z.int(),
      lastEventAt: instant.nullable(),
      madeAt: instant,
      files: z.array(z.string()),
      bytes: z.int(),
      secrets: z.int(),
      masterKey: z.boolean(),
      notes: z.array(z.string()),
    }),
  },
  'backup.read': {
    summary: 'The next piece of the sealed file, in base64; with `last` it is whole.',
    params: z.strictObject({ backupId: z.string().max(64) }),
    result: z.object({ data: z.string(), last: z.boolean() }),
  },
} as const satisfies Record<string, MethodDeclaration>
