// Secrets in memory by credential and fingerprint, so that a new value and the one before live side by side until the log has decided.
import type { Fingerprint, ProfileId } from '../domain/ids.ts'
import type { Host } from '../host.ts'
import type { Secret } from '../vault/secret.ts'

export interface SecretMemory {
  get(profileId: ProfileId, fingerprint: Fingerprint): Secret | undefined
  /** Takes the secret over. */
  put(profileId: ProfileId, fingerprint: Fingerprint, secret: Secret): void
  /** Puts one that must outlive every `keepOnly` until the returned function is called. */
  hold(profileId: ProfileId, fingerprint: Fingerprint, secret: Secret): () => void
  /** Drops a credential's other secrets, all of them for undefined; does nothing while one is held. */
  keepOnly(profileId: ProfileId, fingerprint: Fingerprint | undefined): void
  close(): void
}

/** Secrets that were replaced are wiped after this time; a request that is just being sent may hold one. */
const dropAfterMs = 10_000

export function openSecretMemory(host: Pick<Host, 'setTimer'>): SecretMemory {
  const secrets = new Map<ProfileId, Map<Fingerprint, Secret>>()
  const held = new Map<ProfileId, number>()

  function dropLater(secret: Secret): void {
    host.setTimer(dropAfterMs, () => secret.drop())
  }

  function put(profileId: ProfileId, fingerprint: Fingerprint, secret: Secret): void {
    const own = secrets.get(profileId) ?? new Map<Fingerprint, Secret>()
    const before = own.get(fingerprint)
    if (before) dropLater(before)
    secrets.set(profileId, own.set(fingerprint, secret))
  }

  return {
    get: (profileId, fingerprint) => secrets.get(profileId)?.get(fingerprint),
    put,
    hold(profileId, fingerprint, secret) {
      held.set(profileId, (held.get(profileId) ?? 0) + 1)
      put(profileId, fingerprint, secret)
      return () => {
        const left = (held.get(profileId) ?? 1) - 1
        if (left > 0) held.set(profileId, left)
        else held.delete(profileId)
      }
    },
    keepOnly(profileId, fingerprint) {
      const own = secrets.get(profileId)
      if (!own || held.has(profileId)) return
      for (const [each, secret] of own) {
        if (each === fingerprint) continue
        own.delete(each)
        dropLater(secret)
      }
      if (own.size === 0) secrets.delete(profileId)
    },
    close() {
      for (const own of secrets.values()) for (const secret of own.values()) secret.drop()
      secrets.clear()
    },
  }
}
