// `vault unlock`: tells the passphrase, or looks again where the key is kept.
import type { Command } from 'commander'
import { TraseError } from '../../../errors.ts'
import type { GatewayClient } from '../../../client/connect.ts'
import type { Act, Context } from '../../context.ts'
import { exitStatus } from '../../exit-status.ts'
import type { Io } from '../../io.ts'
import { askNewPassphrase, askPassphrase } from './ask-passphrase.ts'
import { printVaultStatus, type VaultStatus } from './status.ts'

/** At a terminal; a pipe has one. */
const attemptsMax = 3

export function registerVaultUnlock(vault: Command, act: Act): void {
  vault
    .command('unlock')
    .description(
      'open the vault: with its passphrase, asked for or from standard input, or by looking for its key again',
    )
    .action(() => act(runVaultUnlock))
}

export async function runVaultUnlock(context: Context): Promise<number> {
  const { io } = context
  const gateway = await context.gateway()
  const before = await gateway.call('vault.status', {})
  const after = await unlocked(io, gateway, before)
  if (after === null) return exitStatus.interrupted
  printVaultStatus(io, after)
  return exitStatus.ok
}

async function unlocked(io: Io, gateway: GatewayClient, before: VaultStatus): Promise<VaultStatus | null> {
  if (before.state === 'unlocked') return before
  if (before.keeper !== 'passphrase') return gateway.call('vault.unlock', {})
  if (before.passphrasePlace !== null) {
    // Perhaps the file has been mended; what is in it is not asked for.
    const found = await gateway.call('vault.unlock', {}).catch(onlyLocked)
    if (found) return found
  }
  if (before.state !== 'empty') return tellPassphrase(io, gateway)
  const passphrase = await askNewPassphrase(io)
  return passphrase === null ? null : gateway.call('vault.unlock', { passphrase })
}

async function tellPassphrase(io: Io, gateway: GatewayClient): Promise<VaultStatus | null> {
  for (let attempt = 1; ; attempt += 1) {
    const passphrase = await askPassphrase(io)
    if (passphrase === null) return null
    try {
      return await gateway.call('vault.unlock', { passphrase })
    } catch (error) {
      const isWrong = error instanceof TraseError && error.code === 'value_refused'
      if (!isWrong || io.stdin.isTTY !== true || attempt === attemptsMax) throw error
      io.note(error.message)
    }
  }
}

function onlyLocked(error: unknown): null {
  if (error instanceof TraseError && error.code === 'vault_locked') return null
  throw error
}
