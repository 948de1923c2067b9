// The words for a vault that cannot be used: the same in refusals, in findings and for a credential in it.
import { TraseError } from '../errors.ts'

/** Whether stored secrets can be opened; `reason` and `hint` as far as they are known. */
export interface VaultCondition {
  readonly state: 'empty' | 'unlocked' | 'locked' | 'missing'
  readonly reason: string | null
  readonly hint: string | null
}

const troubles = {
  locked: { code: 'vault_locked', what: 'the vault is locked' },
  missing: { code: 'vault_key_missing', what: 'the key of the vault is missing' },
} as const

/** The refusal of work that needs the vault's key; null when it is at hand, or will be made with the first secret. */
export function vaultTrouble({ state, reason, hint }: VaultCondition): TraseError | null {
  if (state === 'empty' || state === 'unlocked') return null
  const { code, what } = troubles[state]
  return new TraseError(code, reason === null ? what : `${what}: ${reason}`, { hint: hint ?? undefined })
}
