// The words for what the gateway itself refuses in the middle of a request: no credential, no answer, an unknown name.
import { type Candidate, isUsable } from '../domain/candidate.ts'
import type { ProfileId } from '../domain/ids.ts'
import type { Provider } from '../domain/provider.ts'
import type { Selection } from '../domain/selection.ts'
import { pinProblem, pinWayOut } from '../domain/session-view.ts'
import { suggest } from '../domain/suggest.ts'
import { errnoOf, quoted } from '../errors.ts'
import { type Refusal, refusal } from './gateway-errors.ts'
import { failureOf } from './upstream/failures.ts'
import { isUntrusted, whyUnreachable } from './upstream/why-unreachable.ts'

/** Candidates that a message names; a list of hundreds helps nobody. */
const namedMax = 8

export function unknownProvider(name: string, known: readonly Provider[]): Refusal {
  const near = suggest(
    name,
    known.map(({ id }) => id),
  )
  const hint =
    near === undefined ? 'send /<provider>/<path>, such as /anthropic/v1/messages' : `did you mean /${near}/?`
  return refusal('unknown_provider', `${quoted(name)} is not a provider`, hint)
}

export function unknownProfile(name: string, provider: Provider): Refusal {
  return refusal('not_found', `${provider.id} has no credential ${quoted(name)}`, `see: traseai models auth list`)
}

/** Says of each candidate why it cannot be used, and what to type; `pinned` is what the session has pinned. */
export function noCredentials(
  { id, envPrefix }: Provider,
  { basis, candidates }: Selection,
  pinned: ProfileId | null = null,
): Refusal {
  if (basis === 'session-pin' && pinned !== null) {
    return refusal('no_credentials', pinProblem(pinned, candidates), pinWayOut)
  }
  if (candidates.length === 0) {
    return refusal(
      'no_credentials',
      `there is no credential for ${id}`,
      `add one: traseai env set ${envPrefix}_API_KEY`,
    )
  }
  const named = candidates.slice(0, namedMax).map(describe)
  const more = candidates.length > namedMax ? ` and ${candidates.length - namedMax} more` : ''
  return refusal(
    'no_credentials',
    `no credential of ${id} is usable: ${named.join(', ')}${more}`,
    `see: traseai models auth explain --provider ${id}`,
  )
}

function describe(candidate: Candidate): string {
  const { profileId, status, reason } = candidate
  const why = isUsable(candidate) ? 'its secret is not at hand' : status
  return `${profileId} (${reason === null ? why : `${why}: ${reason}`})`
}

/** True when the provider, or the way to it, took longer than we or the system wait. */
export function isTimeout(error: Error): boolean {
  const code = errnoOf(error) ?? ''
  return code === 'ETIMEDOUT' || failureOf(code)?.told === 'upstream_timeout'
}

/** Nothing reached the client, and the request is not sent again: the provider may have begun to work on it. */
export function noAnswerRefusal({ id, baseUrl }: Provider, error: Error): Refusal {
  if (isTimeout(error)) return refusal('upstream_timeout', `${id} at ${baseUrl} did not answer in time`, 'try again')
  if (failureOf(errnoOf(error) ?? '')?.told === 'bad_request') {
    return refusal('bad_request', `the request cannot be sent on: ${error.message}`)
  }
  return refusal(
    'upstream_unreachable',
    `${id} at ${baseUrl} cannot be reached: ${whyUnreachable(error)}`,
    isUntrusted(error)
      ? 'if it should be, name the file of its authority in gateway.upstream.caFiles of traseai.json'
      : 'check the network and models.providers in traseai.json',
  )
}
