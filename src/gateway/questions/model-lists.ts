// The lists of models that providers give out, asked for side by side and kept for an hour in memory.
import type { ProfileId } from '../../domain/ids.ts'
import { modelEndpoints } from '../../domain/model-endpoints.ts'
import { modelNames } from '../../domain/model-list.ts'
import { errorOf } from '../../domain/provider-error.ts'
import type { Provider } from '../../domain/provider.ts'
import { putRecent } from '../../domain/put-recent.ts'
import type { Host } from '../../host.ts'
import type { Secret } from '../../vault/secret.ts'
import { parseAnswer } from '../parse-answer.ts'
import type { Answer } from '../upstream/answer.ts'
import { openUpstream, type Upstream, type UpstreamSettings } from '../upstream/upstream.ts'
import { whyUnreachable } from '../upstream/why-unreachable.ts'
import { askProvider, errorHold } from './ask-provider.ts'
import { openTimeLimit } from './time-limit.ts'

const keptMs = 3_600_000
/** Lists that are kept; the one unused longest is forgotten first. */
const keptMax = 64
/** OpenRouter's list, the longest known, has half a megabyte. */
const listBytesMax = 4 * 1_048_576

export interface ListTarget {
  readonly provider: Provider
  /** What is asked with; another credential may see other models. */
  readonly profileId: ProfileId
  readonly fingerprint: string
}

export interface ModelList {
  readonly names: readonly string[]
  /** Epoch milliseconds; null when the provider gave none. */
  readonly fetchedAt: number | null
  /** Why there is none. */
  readonly note: string | null
}

export interface ModelListsDeps {
  readonly host: Pick<Host, 'now' | 'setTimer' | 'env' | 'paths' | 'log'>
  upstreamSettings(): UpstreamSettings
  secretOf(profileId: ProfileId): Secret | undefined
}

export interface ModelLists {
  /** Never rejects; the lists come in the order of the targets. `fresh` asks again for those that are kept. */
  of(
    targets: readonly ListTarget[],
    options: { readonly timeoutMs: number; readonly fresh: boolean; readonly signal: AbortSignal },
  ): Promise<ModelList[]>
  /** The newest list of a provider that is kept, whoever asked and however old; null when there is none. Asks nobody. */
  kept(provider: Provider): (ModelList & { readonly isFresh: boolean }) | null
}

export function openModelLists(deps: ModelListsDeps): ModelLists {
  const { host } = deps
  const kept = new Map<string, { readonly names: readonly string[]; readonly fetchedAt: number }>()
  const keyOf = ({ provider, profileId, fingerprint }: ListTarget): string =>
    `${provider.baseUrl}\n${profileId}\n${fingerprint}`

  function isFresh({ fetchedAt }: { readonly fetchedAt: number }): boolean {
    const ageMs = host.now() - fetchedAt
    return ageMs >= 0 && ageMs < keptMs
  }

  async function listOf(
    upstream: Upstream,
    target: ListTarget,
    late: Promise<ModelList>,
    fresh: boolean,
  ): Promise<ModelList> {
    const key = keyOf(target)
    const known = kept.get(key)
    if (known && !fresh && isFresh(known)) return { ...known, note: null }
    const list = await Promise.race([fetchList(deps, upstream, target), late])
    if (list.fetchedAt !== null) putRecent(kept, key, { names: list.names, fetchedAt: list.fetchedAt }, keptMax)
    return list
  }

  return {
    kept({ id, baseUrl }) {
      // The id of a credential begins with its provider's: two may be at one address.
      const lists = [...kept].flatMap(([key, list]) => (key.startsWith(`${baseUrl}\n${id}:`) ? [list] : []))
      const newest = lists.toSorted((a, b) => b.fetchedAt - a.fetchedAt)[0]
      return newest ? { ...newest, note: null, isFresh: isFresh(newest) } : null
    },
    async of(targets, { timeoutMs, fresh, signal }) {
      const upstream = openUpstream({ host, settings: deps.upstreamSettings })
      const limit = openTimeLimit(host, timeoutMs, signal)
      const late = limit.over.then(() => without(`no answer within ${timeoutMs / 1_000} s`))
      const lists = await Promise.all(targets.map((target) => listOf(upstream, target, late, fresh)))
      limit.close()
      upstream.close()
      return lists
    },
  }
}

async function fetchList(
  { host, secretOf }: ModelListsDeps,
  upstream: Upstream,
  { provider, profileId }: ListTarget,
): Promise<ModelList> {
  const { models: path } = modelEndpoints(provider)
  if (path === null) return without(`${provider.id} lists no models`)
  const secret = secretOf(profileId)
  if (!secret) return without(`the secret of ${profileId} is not at hand`)
  // The limit for all of them ends the wait; this one only has to be no shorter.
  const whole = { bytesMax: listBytesMax, timeMsMax: 120_000, isEnough: () => false }
  const holdFor = (status: number) => (status === 200 ? whole : errorHold)
  const answer = await askProvider({ host, upstream }, { provider, secret, path, holdFor }).settled
  if (answer.kind === 'failed') {
    return without(`${new URL(provider.baseUrl).host} cannot be reached: ${whyUnreachable(answer.error)}`)
  }
  return read(answer, host.now())
}

function read(answer: Answer, now: number): ModelList {
  const { status } = answer
  const isWhole = answer.isComplete()
  answer.discard()
  if (status !== 200) {
    const name = errorOf(parseAnswer(answer), true)?.name
    return without(`the list was refused: ${status}${name ? ` ${name}` : ''}`)
  }
  const names = isWhole ? modelNames(parseAnswer(answer)) : null
  return names ? { names, fetchedAt: now, note: null } : without('the answer is no list of models')
}

function without(note: string): ModelList {
  return { names: [], fetchedAt: null, note }
}
