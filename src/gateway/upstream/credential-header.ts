// Puts a provider's credential into the headers of a request, the way this provider takes it.
import type { Provider } from '../../domain/provider.ts'

/** An Anthropic subscription token; it goes as a bearer token with a beta flag, not as an API key. */
const subscriptionPrefix = 'sk-ant-oat01-'
const subscriptionBeta = 'oauth-2025-04-20'

/** Raw headers with the credential behind them. */
export function withCredential(forward: readonly string[], provider: Provider, secret: string): string[] {
  const isAnthropic = provider.auth === 'x-api-key' || provider.dialect === 'anthropic'
  if (isAnthropic && secret.startsWith(subscriptionPrefix)) {
    return [...withBeta(forward), 'authorization', `Bearer ${secret}`]
  }
  const own = provider.auth === 'bearer' ? ['authorization', `Bearer ${secret}`] : [provider.auth, secret]
  return [...forward, ...own]
}

/** Appends the flag to the client's own list, or brings a list of its own. */
function withBeta(forward: readonly string[]): string[] {
  const at = forward.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'anthropic-beta')
  if (at < 0) return [...forward, 'anthropic-beta', subscriptionBeta]
  const value = forward[at + 1] ?? ''
  if (value.split(',').some((flag) => flag.trim() === subscriptionBeta)) return [...forward]
  return forward.with(at + 1, value === '' ? subscriptionBeta : `${value},${subscriptionBeta}`)
}
