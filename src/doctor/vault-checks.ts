// Whether stored secrets can be opened, and whether the key to them is kept as the settings say.
import type { Finding, HostDeps, LiveDeps } from './check.ts'

export async function checkVault({ host }: HostDeps, live: LiveDeps): Promise<readonly Finding[]> {
  const { state, keeper, place, reason, hint, notes } = live.vault()
  if (state === 'empty') return [{ severity: 'ok', message: 'no secret is stored yet' }]
  const found: Finding[] = notes.map((message) => ({ severity: 'warning', message, hint: 'traseai vault status' }))
  if (state !== 'unlocked') {
    const why = reason === null ? '' : `: ${reason}`
    const message = state === 'locked' ? `the vault is locked${why}` : `the key to the vault is missing${why}`
    found.push({ severity: 'error', message, hint: hint ?? 'traseai vault status' })
  }
  if (keeper === 'key-file' && state === 'unlocked') {
    const message = `${place} lies beside the secrets it opens: a copy of ${host.paths.home} is a copy of both`
    found.push({ severity: 'ok', message, hint: 'another keeper: traseai vault rekey --help' })
  }
  return found
}
