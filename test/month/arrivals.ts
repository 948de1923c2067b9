// What clients ask for in the simulated month: by day and by night, in spikes, and in herds of many at the same moment.
import type { ModelName, ProviderName } from './organisations.ts'

export interface Arrival {
  /** Its place among all. */
  readonly number: number
  /** Epoch milliseconds. */
  readonly at: number
  readonly provider: ProviderName
  readonly model: ModelName
  /** What it takes of the limit, known to the provider alone. */
  readonly tokens: number
  /** How long the provider works on it. */
  readonly serviceMs: number
}

/** Requests a day of each provider, spikes not counted. */
const perDay: Readonly<Record<ProviderName, number>> = { anthropic: 4_200, openai: 3_900, google: 900 }
const dayMs = 86_400_000
/** A spike comes this often on average, and for so long there is so much more. */
const spikeEveryMs = 5 * 3_600_000
const spikeMs = 6 * 60_000
const spikeFactor = 6
/** A herd comes this often on average. */
const herdEveryMs = 2 * 3_600_000
const herdMax = 40
const largeShare = 0.6
const tokensMax = 4_000

/** Arrivals from `start` for `days`, in their order; the same for the same seed. */
export function arrivals(start: number, days: number, seed: number): Arrival[] {
  const random = randomNumbers(seed)
  const end = start + days * dayMs
  const all: Omit<Arrival, 'number'>[] = []
  for (const [provider, count] of Object.entries(perDay) as [ProviderName, number][]) {
    const spikes = moments(random, start, end, spikeEveryMs)
    const isSpike = (at: number): boolean => spikes.some((from) => from <= at && at < from + spikeMs)
    // Thinning: candidates at the highest rate there is, of which each stays with the share of its moment.
    for (const at of moments(random, start, end, dayMs / (count * busiest * spikeFactor))) {
      const rate = ofHour(at) * (isSpike(at) ? spikeFactor : 1)
      if (random() < rate / (busiest * spikeFactor)) all.push(oneAt(at, provider, random))
    }
    for (const at of moments(random, start, end, herdEveryMs)) {
      const size = 2 + Math.floor(random() * herdMax)
      for (let each = 0; each < size; each++) all.push(oneAt(at, provider, random))
    }
  }
  return all.toSorted((a, b) => a.at - b.at).map((arrival, number) => ({ ...arrival, number }))
}

/** The share of the mean at this time of the day and of the week. */
const busiest = 2
function ofHour(at: number): number {
  const day = Math.floor(at / dayMs) % 7
  const wave = 1 + 0.8 * Math.sin(((at % dayMs) / dayMs) * 2 * Math.PI - Math.PI / 2)
  return wave * (day === 2 || day === 3 ? 0.5 : 1.1) // the epoch began on a Thursday
}

function oneAt(at: number, provider: ProviderName, random: () => number): Omit<Arrival, 'number'> {
  const tokens = Math.min(tokensMax, Math.ceil(300 + exponential(random, 1_100)))
  const serviceMs = Math.ceil(500 + exponential(random, 5_000))
  return { at, provider, model: random() < largeShare ? 'large' : 'small', tokens, serviceMs }
}

/** Moments of a Poisson process. */
function moments(random: () => number, start: number, end: number, everyMs: number): number[] {
  const all: number[] = []
  for (let at = start + exponential(random, everyMs); at < end; at += exponential(random, everyMs)) {
    all.push(Math.ceil(at))
  }
  return all
}

const exponential = (random: () => number, mean: number): number => -Math.log(1 - random()) * mean

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
