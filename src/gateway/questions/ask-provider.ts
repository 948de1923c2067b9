// One small question to a provider in the gateway's own name: a GET request with a credential, for a free endpoint.
import type { Provider } from '../../domain/provider.ts'
import type { Host } from '../../host.ts'
import type { Secret } from '../../vault/secret.ts'
import { version } from '../../version.ts'
import { type Hold, type PendingAnswer, requestAnswer } from '../upstream/answer.ts'
import { withCredential } from '../upstream/credential-header.ts'
import type { Upstream } from '../upstream/upstream.ts'

export interface Question {
  readonly provider: Provider
  readonly secret: Secret
  /** Behind the path of the provider's base URL, with its query. */
  readonly path: string
  /** How much of the answer is needed; null for its head alone. */
  readonly holdFor: (status: number) => Hold | null
}

/** An error body says what is wrong in a few hundred bytes. */
export const errorHold: Hold = { bytesMax: 16_384, timeMsMax: 2_000, isEnough: () => false }

/** Whoever asks sets the time limit: `cancel` ends the question, but a connection that is not there yet settles late. */
export function askProvider(
  { host, upstream }: { readonly host: Pick<Host, 'setTimer'>; readonly upstream: Upstream },
  { provider, secret, path, holdFor }: Question,
): PendingAnswer {
  const headers = withCredential([...usualHeaders, ...(ownHeaders[provider.dialect] ?? [])], provider, secret.reveal())
  const request = { method: 'GET', path: upstream.pathOf(provider, path), headers, body: null }
  return requestAnswer({ host, holdFor, dispatch: (handler) => upstream.dispatch(provider, request, handler) })
}

const usualHeaders = ['accept', 'application/json', 'accept-encoding', 'identity', 'user-agent', `traseai/${version}`]

/** docs.claude.com/en/api/versioning */
const ownHeaders: Partial<Record<Provider['dialect'], readonly string[]>> = {
  anthropic: ['anthropic-version', '2023-06-01'],
}
