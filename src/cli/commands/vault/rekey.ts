// `vault rekey`: a new master key, with the same keeper or another one.
import type { Command } from 'commander'
import type { Act, Context } from '../../context.ts'
import { exitStatus } from '../../exit-status.ts'
import { printableLine } from '../../render/printable.ts'
import { askNewPassphrase } from './ask-passphrase.ts'
import { parseKeeper } from './keeper-words.ts'

export function registerVaultRekey(vault: Command, act: Act): void {
  vault
    .command('rekey')
    .description('make a new master key and seal every secret under it; it can be stopped at any moment without loss')
    .option('--keeper <keeper>', 'who keeps it: systemd, keyring, passphrase or key-file (default: vault.keeper)')
    .action((options: { keeper?: string }) => act((context) => runVaultRekey(context, options.keeper)))
}

export async function runVaultRekey(context: Context, named: string | undefined): Promise<number> {
  const { io } = context
  const chosen = named === undefined ? undefined : parseKeeper(named)
  const gateway = await context.gateway()
  const { rekeyKeeper, passphrasePlace } = await gateway.call('vault.status', {})
  const keeper = chosen ?? rekeyKeeper
  const isAsked = keeper === 'passphrase' && passphrasePlace === null
  const passphrase = isAsked ? await askNewPassphrase(io) : undefined
  if (passphrase === null) return exitStatus.interrupted
  const outcome = await gateway.call('vault.rekey', { keeper, ...(passphrase !== undefined && { passphrase }) })
  io.print(outcome, () => {
    const { secrets, keyId, place } = outcome
    const sealed = secrets === 1 ? 'the stored secret is' : `${secrets} stored secrets are`
    const under = secrets === 0 ? '' : `: ${sealed} sealed under it`
    return `the master key is ${keyId} now${under}\nkeeper ${outcome.keeper}: ${printableLine(place)}`
  })
  for (const note of outcome.notes) io.note(`note: ${note}`)
  return exitStatus.ok
}
