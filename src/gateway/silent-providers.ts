// Says once that a provider gives no answer, and once more that it answers again, however many requests fail in between.
import type { ProviderId } from '../domain/ids.ts'
import type { Provider } from '../domain/provider.ts'
import type { Host } from '../host.ts'

export interface SilentProviders {
  /** A request got no answer. `code` is the gateway's error, `cause` what the system said. */
  noAnswer(provider: Provider, failure: { readonly code: string; readonly cause: string }): void
  answered(id: ProviderId): void
}

interface Silence {
  readonly sinceMs: number
  /** Causes that were told. */
  readonly told: Set<string>
  requests: number
}

/** A cause may name ports and addresses that differ each time. */
const causesMax = 5

export function openSilentProviders(host: Pick<Host, 'monotonicMs' | 'log'>): SilentProviders {
  const silent = new Map<ProviderId, Silence>()
  return {
    noAnswer({ id }, { code, cause }) {
      const silence = silent.get(id) ?? { sinceMs: host.monotonicMs(), told: new Set<string>(), requests: 0 }
      silent.set(id, silence)
      silence.requests += 1
      if (silence.told.has(cause) || silence.told.size >= causesMax) return
      silence.told.add(cause)
      host.log.warn({ provider: id, code, cause }, 'a provider gives no answer')
    },
    answered(id) {
      const silence = silent.get(id)
      if (silence === undefined) return
      silent.delete(id)
      const afterMs = Math.round(host.monotonicMs() - silence.sinceMs)
      host.log.info({ provider: id, requests: silence.requests, afterMs }, 'a provider answers again')
    },
  }
}
