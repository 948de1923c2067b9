// When a whole provider rests: every credential that could serve a model waits for its rate limit, and not for a moment only.
import { isIncluded } from './candidate.ts'
import { limitStanding, runningCooldowns } from './cooldown.ts'
import { duration } from './duration.ts'
import { type Cooldown, type Credential, entryOf } from './entities.ts'
import type { ProfileId, ProviderId } from './ids.ts'
import type { Matter } from './matter.ts'
import type { SharedLimit } from './quota-group.ts'
import type { Selection } from './selection.ts'
import { shortInstant } from './short-instant.ts'

/** A rest of this length is worth knowing of; a shorter one is everyday life, and over before anybody looks. */
const longRestMs = 10 * 60_000
/** Refusals in a row without a success between them: with the usual waits (30 s, 1 min, 5 min) six and a half minutes. */
const longRow = 4
/** Models looked at for each provider: those whose limits last longest. */
const modelsMax = 8

export interface CoolingInput {
  /** Epoch milliseconds. */
  readonly now: number
  readonly credentials: Readonly<Record<string, Credential>>
  readonly groups: ReadonlyMap<ProfileId, SharedLimit>
  /** What a plain request of the default agent for a model would get. */
  selectionOf(provider: ProviderId, model: string | null): Selection
}

/** One for each provider, whatever the number of models. */
export function coolingMatters(input: CoolingInput): Matter[] {
  const providers = new Set(Object.values(input.credentials).map(({ provider }) => provider))
  return [...providers].flatMap((provider) => {
    const rests = modelsOf(input, provider).flatMap((model) => restOf(input, provider, model) ?? [])
    const [worst] = rests.toSorted((a, b) => b.until - a.until)
    return worst ? [matterOf(input, provider, worst)] : []
  })
}

/** How a provider rests for a model (null: for each). Epoch milliseconds. */
interface Rest {
  readonly model: string | null
  readonly credentials: number
  readonly since: number
  /** The first that may serve again. */
  readonly until: number
}

function modelsOf({ credentials, now }: CoolingInput, provider: ProviderId): (string | null)[] {
  const ends = new Map<string | null, number>()
  for (const credential of Object.values(credentials)) {
    if (credential.provider !== provider) continue
    for (const { model, until } of runningCooldowns(credential, now)) {
      ends.set(model, Math.max(ends.get(model) ?? 0, until))
    }
  }
  return [...ends]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, modelsMax)
    .map(([model]) => model)
}

/** Null while one can be used, and for a short rest. */
function restOf(input: CoolingInput, provider: ProviderId, model: string | null): Rest | null {
  const { candidates } = input.selectionOf(provider, model)
  const able = candidates.filter(
    (candidate) => isIncluded(candidate) && candidate.status !== 'disabled' && candidate.status !== 'expired',
  )
  const cooldowns: Cooldown[] = []
  for (const { profileId, status } of able) {
    const credential = entryOf(input.credentials, profileId)
    if (!credential || status !== 'cooling') return null
    const { running } = limitStanding(input.groups.get(profileId)?.members ?? [credential], model, input.now)
    if (running === null) return null
    cooldowns.push(running)
  }
  if (cooldowns.length === 0) return null
  const since = Math.max(...cooldowns.map((each) => each.since))
  const until = Math.min(...cooldowns.map((each) => each.until))
  const isLong = until - since >= longRestMs || cooldowns.every(({ refusals }) => refusals >= longRow)
  return isLong ? { model, credentials: cooldowns.length, since, until } : null
}

function matterOf({ now }: CoolingInput, provider: ProviderId, { model, credentials, since, until }: Rest): Matter {
  const who = credentials === 1 ? `the one credential of ${provider}` : `all ${credentials} credentials of ${provider}`
  const what = model === null ? '' : ` for ${model}`
  return {
    key: `provider_cooling:${provider}`,
    kind: 'provider_cooling',
    provider,
    title: `${provider} is rate limited for ${duration(until - now)}`,
    message: `${who} that could serve ${credentials === 1 ? 'is' : 'are'} rate limited${what} until ${shortInstant(until)}`,
    hint: 'traseai models auth cooldown list',
    since,
    until,
  }
}
