// When a rate limit ends: of all the credentials that could serve a request, the first that is due.
import { TraseError } from '../../../errors.ts'
import { given } from '../../option-values.ts'
import { relativeTime } from '../../render/time.ts'
import type { ChatPlace } from './chat-place.ts'
import type { GatewayLink } from './gateway-link.ts'
import type { ModelInUse } from './model-in-use.ts'

export interface Limited {
  readonly link: GatewayLink
  /** `provider/model`; of an alias nothing more is known here. */
  readonly model: string
  readonly place: ChatPlace
  /** The request was the session's: what is pinned there decides. */
  readonly inSession: boolean
  /** Epoch milliseconds. */
  readonly now: number
}

/** The same error with a hint that says when it is over, where that is known. */
export async function withDue(error: TraseError, limited: Limited): Promise<TraseError> {
  const { link, model, place, inSession, now } = limited
  const slash = model.indexOf('/')
  if (slash < 1) return error
  const { candidates, next } = await link.call('credentials.resolve', {
    provider: model.slice(0, slash),
    model: model.slice(slash + 1),
    ...given({ agent: place.agent, session: inSession ? place.session : undefined }),
  })
  const ends = candidates.flatMap(({ status, until }) => (status === 'cooling' && until ? [until] : []))
  const [first] = ends.toSorted()
  if (next !== null || first === undefined) return error
  return new TraseError('rate_limited', error.message, { hint: coolingWords(first, now), cause: error })
}

/** @param until ISO 8601 */
function coolingWords(until: string, now: number): string {
  return `every credential is cooling; the first is due ${relativeTime(until, now)}`
}

/** Why it will take a while, null when that is not known beforehand. */
export function waitWords({ view: { next, status, until } }: ModelInUse, now: number): string | null {
  return next === null && status === 'cooling' && until !== null ? coolingWords(until, now) : null
}
