// How many requests a router could have served that knows every bucket and every bill: the measure of the simulated month.
import type { Arrival } from './arrivals.ts'
import { admits, admitsAt, type Organisation, organisations, type ProviderName, take } from './organisations.ts'
import type { Trouble } from './troubles.ts'

interface Waiter {
  readonly arrival: Arrival
  readonly until: number
}

/**
 * The most of each provider's requests that any of several such routers serves. Each takes the requests as they come, lets one wait up to
 * `holdMs` when that helps, and turns none away that it can serve; they differ in the organisation that they prefer.
 */
export function servable(
  all: readonly Arrival[],
  troubles: readonly Trouble[],
  holdMs: number,
): Record<ProviderName, number> {
  const results = policies.map((policy) => serveAll(all, troubles, holdMs, policy))
  const most = (name: ProviderName): number =>
    Math.max(
      ...results.map((served) => all.filter(({ provider, number }) => provider === name && served.has(number)).length),
    )
  return { anthropic: most('anthropic'), openai: most('openai'), google: most('google') }
}

/** The higher, the sooner an organisation is used. */
type Policy = (owner: Organisation, arrival: Arrival, at: number) => number

/** Most left of what is scarcest; most left of the day; least that is left over. */
const policies: readonly Policy[] = [shareLeft, dayLeft, (...which) => -shareLeft(...which)]

/** The numbers of the requests that one router serves. */
function serveAll(
  all: readonly Arrival[],
  troubles: readonly Trouble[],
  holdMs: number,
  policy: Policy,
): ReadonlySet<number> {
  const owners = organisations()
  /** And when the last of each model was. */
  const served = { numbers: new Set<number>(), at: new Map<string, number>() }
  const waiting = new Map<string, Waiter[]>()

  const usable = ({ provider }: Arrival, at: number): Organisation[] =>
    owners.filter((owner) => owner.provider === provider && isUsable(owner, troubles, at))

  const serve = ({ arrival }: Waiter, at: number): boolean => {
    const { model, tokens } = arrival
    const [best] = usable(arrival, at)
      .filter(({ limits }) => admits(limits[model], tokens, at))
      .toSorted((a, b) => policy(b, arrival, at) - policy(a, arrival, at))
    if (!best) return false
    take(best.limits[model], tokens, at)
    served.numbers.add(arrival.number)
    served.at.set(nameOf(arrival), at)
    return true
  }

  /** Serves those that wait for this model, each as soon as it can be, up to the moment `at`. */
  const serveWaiting = (name: string, at: number): void => {
    const queue = waiting.get(name) ?? []
    for (;;) {
      const from = served.at.get(name) ?? 0
      const [next] = queue
        .map((waiter) => ({ ...waiter, moment: momentFor(waiter.arrival, from) }))
        .filter(({ moment, until }) => moment <= Math.min(until, at))
        .toSorted((a, b) => a.moment - b.moment)
      if (!next) break
      queue.splice(
        queue.findIndex(({ arrival }) => arrival === next.arrival),
        1,
      )
      serve(next, next.moment)
    }
    waiting.set(
      name,
      queue.filter(({ until }) => until > at),
    )
  }

  const momentFor = (arrival: Arrival, from: number): number => {
    const earliest = Math.max(arrival.at, from)
    const { model, tokens } = arrival
    return Math.min(...usable(arrival, earliest).map(({ limits }) => admitsAt(limits[model], tokens, earliest)))
  }

  for (const arrival of all) {
    const name = nameOf(arrival)
    serveWaiting(name, arrival.at)
    const waiter = { arrival, until: arrival.at + holdMs }
    if (!serve(waiter, arrival.at)) waiting.set(name, [...(waiting.get(name) ?? []), waiter])
  }
  for (const name of waiting.keys()) serveWaiting(name, Number.POSITIVE_INFINITY)
  return served.numbers
}

const nameOf = ({ provider, model }: Arrival): string => `${provider} ${model}`

function shareLeft({ limits }: Organisation, { model, tokens }: Arrival, at: number): number {
  const { requests, tokens: tokenLimit, day } = limits[model]
  const shares = [
    (requests.left(at) - 1) / requests.size,
    (tokenLimit.left(at) - tokens) / tokenLimit.size,
    day ? (day.left(at) - 1) / day.size : 1,
  ]
  return Math.min(...shares)
}

function dayLeft(owner: Organisation, arrival: Arrival, at: number): number {
  const { day } = owner.limits[arrival.model]
  return day ? day.left(at) : shareLeft(owner, arrival, at)
}

function isUsable(owner: Organisation, troubles: readonly Trouble[], at: number): boolean {
  const now = troubles.filter(({ from, until }) => from <= at && at < until)
  if (now.some((trouble) => trouble.kind === 'unpaid' && trouble.organisation === owner.name)) return false
  return owner.variables.some((name) => !now.some((trouble) => trouble.kind === 'revoked' && trouble.variable === name))
}
