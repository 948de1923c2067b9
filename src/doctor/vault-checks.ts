// Whether stored secrets can be opened, and whether the key to them is kept as the settings say.
import { vaultTrouble } from '../domain/vault-trouble.ts'
import type { Finding, HostDeps, LiveDeps } from './check.ts'

export async function checkVault({ host }: HostDeps, live: LiveDeps): Promise<readonly Finding[]> {
  const status = live.vault()
  const { state, keeper, place, notes } = status
  if (state === 'empty') return [{ severity: 'ok', message: 'no secret is stored yet' }]
  const found: Finding[] = notes.map((message) => ({ severity: 'warning', message, hint: 'traseai vault status' }))
  const trouble = vaultTrouble(status)
  if (trouble) found.push({ severity: 'error', message: trouble.message, hint: trouble.hint })
  if (keeper === 'key-file' && state === 'unlocked') {
    const message = `${place} lies beside the secrets it opens: a copy of ${host.paths.home} is a copy of both`
    found.push({ severity: 'ok', message, hint: 'another keeper: traseai vault rekey --help' })
  }
  return found
}
