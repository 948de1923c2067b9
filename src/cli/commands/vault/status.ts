// `vault status`: whether stored secrets can be opened, and who keeps the key.
import type { Command } from 'commander'
import { errorCatalogue } from '../../../errors.ts'
import type { Result } from '../../../protocol/contract.ts'
import type { Act, Context } from '../../context.ts'
import { exitStatus } from '../../exit-status.ts'
import type { Io } from '../../io.ts'
import { type Fact, renderFacts } from '../../render/facts.ts'
import type { Paint } from '../../render/paint.ts'
import { printableLine } from '../../render/printable.ts'
import { keeperWords } from './keeper-words.ts'

export type VaultStatus = Result<'vault.status'>

export function registerVaultStatus(vault: Command, act: Act): void {
  vault
    .command('status')
    .description('say whether stored secrets can be opened (exit status 77: locked, 78: its key is missing)')
    .action(() => act(runVaultStatus))
}

export async function runVaultStatus(context: Context): Promise<number> {
  const status = await (await context.gateway()).call('vault.status', {})
  printVaultStatus(context.io, status)
  const failure = { locked: errorCatalogue.vault_locked, missing: errorCatalogue.vault_key_missing }
  return status.state === 'locked' || status.state === 'missing' ? failure[status.state].exitStatus : exitStatus.ok
}

export function printVaultStatus(io: Io, status: VaultStatus): void {
  io.print(status, () => renderFacts(facts(status, io.paint), { width: io.width, styleName: io.paint.bold }))
  if (io.json) return // all of it is in the object
  for (const note of status.notes) io.note(`note: ${note}`)
  if (status.hint !== null) io.note(`hint: ${status.hint}`)
}

const stateWords: Readonly<Record<VaultStatus['state'], { readonly text: string; readonly color: keyof Paint }>> = {
  empty: { text: 'empty: it begins with the first stored secret', color: 'dim' },
  unlocked: { text: 'unlocked', color: 'green' },
  locked: { text: 'locked: stored credentials cannot be used', color: 'red' },
  missing: { text: 'its key is missing: stored credentials cannot be used', color: 'red' },
}

function facts({ state, reason, secrets, keeper, place, keyId }: VaultStatus, paint: Paint): Fact[] {
  const { text, color } = stateWords[state]
  return [
    { name: 'vault', value: text, style: paint[color] },
    ...(reason === null ? [] : [{ name: 'reason', value: printableLine(reason) }]),
    { name: 'secrets', value: String(secrets) },
    { name: 'keeper', value: `${keeper} (${keeperWords[keeper]})` },
    { name: 'place', value: printableLine(place) },
    ...(keyId === null ? [] : [{ name: 'key id', value: keyId }]),
  ]
}
