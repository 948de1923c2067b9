// What the database says about the master key: the row beside the sealed secrets, with what the vault itself keeps there.
import * as z from 'zod'
import { type KeeperKind, keeperKinds } from '../domain/events.ts'
import type { VaultKey } from '../domain/sealed-secret.ts'
import type { KeeperParameters } from './keepers/keeper.ts'

export interface VaultRecord {
  readonly keyId: string
  readonly keeper: KeeperKind
  readonly parameters: KeeperParameters
  /** How often the master key was changed. */
  readonly rekeys: number
  /** The key before, while it is not certain that its keeper has let it go. */
  readonly replaced: { readonly keeper: KeeperKind; readonly keyId: string } | null
}

const parametersSchema = z.object({
  keeper: z.record(z.string(), z.unknown()).catch({}),
  rekeys: z.int().nonnegative().catch(0),
  replaced: z
    .object({ keeper: z.enum(keeperKinds), keyId: z.string() })
    .nullable()
    .catch(null),
})

export function recordOf({ keyId, keeper, parameters }: VaultKey): VaultRecord {
  const { keeper: ofKeeper, rekeys, replaced } = parametersSchema.parse(parameters)
  return { keyId, keeper, parameters: ofKeeper, rekeys, replaced }
}

export function vaultKeyOf({ keyId, keeper, parameters, rekeys, replaced }: VaultRecord): VaultKey {
  return { keyId, keeper, parameters: { keeper: parameters, rekeys, replaced } }
}
