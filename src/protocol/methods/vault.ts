// Methods about the vault: who keeps its master key, opening it, changing the key.
import * as z from 'zod'
import { keeperKinds } from '../../domain/events.ts'
import { type MethodDeclaration, none } from './shapes.ts'

/** No passphrase is as long. */
const passphrase = z.string().min(1).max(4_096)
const keeper = z.enum(keeperKinds)

const status = z.object({
  state: z.enum(['empty', 'unlocked', 'locked', 'missing']),
  keeper,
  place: z.string(),
  keyId: z.string().nullable(),
  secrets: z.int(),
  reason: z.string().nullable(),
  hint: z.string().nullable(),
  rekeyKeeper: keeper,
  passphrasePlace: z.string().nullable(),
  notes: z.array(z.string()),
})

export const vaultMethods = {
  'vault.status': {
    summary:
      'Whether stored secrets can be opened, and who keeps the key that opens them. `empty` before the first secret; `missing` when the key is not where it is kept, or is another one. `rekeyKeeper` is who would keep the key that `vault.rekey` without a keeper makes; `passphrasePlace` is where a passphrase is read from, null when somebody has to tell it.',
    params: none,
    result: status,
  },
  'vault.unlock': {
    summary:
      'Opens the vault with its passphrase; without one, looks again where the key is kept. Before the first secret it sets the passphrase, when `vault.keeper` is `passphrase`.',
    params: z.strictObject({ passphrase: passphrase.optional() }),
    result: status,
  },
  'vault.rekey': {
    summary:
      'Makes a new master key, wraps the key of every secret with it, and takes the old one from its keeper. `passphrase` is the new one, for the keeper `passphrase`. `notes` say what is left to do by hand.',
    params: z.strictObject({ keeper: keeper.optional(), passphrase: passphrase.optional() }),
    result: z.object({
      keyId: z.string(),
      keeper,
      place: z.string(),
      secrets: z.int(),
      notes: z.array(z.string()),
    }),
  },
} as const satisfies Record<string, MethodDeclaration>
