// What the simulated month comes to: for each provider what was asked, served and refused, and whether a refusal had a reason.
import { limitStanding } from '../../src/domain/cooldown.ts'
import type { Credential } from '../../src/domain/entities.ts'
import type { Room } from '../gateway/room.ts'
import type { Arrival } from './arrivals.ts'
import { type Organisation, type ProviderName, providerNames } from './organisations.ts'
import type { ProviderTally, StandIn } from './stand-in.ts'

/**
 * Why a key with room was not used for a request that was refused. `told`: its provider had named a later time. `unstated`: it had named
 * none, and the configured waits ran. `blocked`: it had refused for billing or as unauthorized. `tried`: it had refused this very request before. `overlooked`: for none of these.
 */
export const whys = ['overlooked', 'tried', 'told', 'unstated', 'blocked'] as const
export type Why = (typeof whys)[number]

export interface ProviderReport extends ProviderTally {
  readonly requests: number
  readonly served: number
  /** Requests that the omniscient router served. */
  readonly servable: number
  /** 429s that clients saw. */
  readonly refused: number
  /** Those of them during which a key had room. */
  readonly refusedWithRoom: Readonly<Record<Why, number>>
  /** Other answers than 200 and 429, by status. */
  readonly others: Readonly<Record<string, number>>
  readonly cooldowns: number
}

export interface MonthReport {
  readonly providers: Readonly<Record<ProviderName, ProviderReport>>
  /** The first requests that were refused although a key had room and nothing spoke against it. */
  readonly overlooked: readonly string[]
}

const examplesMax = 20

export interface Recorder {
  /** The status that a client got, at the moment when it got it. */
  note(room: Room, arrival: Arrival, status: number): void
  report(rooms: readonly Room[]): MonthReport
}

/** @param servable what the omniscient router served, by provider */
export function openRecorder(standIn: StandIn, servable: Readonly<Record<ProviderName, number>>): Recorder {
  const notes = Object.fromEntries(providerNames.map((name) => [name, emptyNotes()])) as Record<ProviderName, Notes>
  const overlooked: string[] = []

  return {
    note(room, arrival, status) {
      const { provider } = arrival
      const noted = notes[provider]
      noted.statuses.set(status, (noted.statuses.get(status) ?? 0) + 1)
      if (status !== 429) return
      const found = roomFor(standIn, room, arrival)
      const why = whys.find((each) => found.some((one) => one.why === each))
      if (why === undefined) return
      noted.withRoom[why]++
      if (why !== 'overlooked' || overlooked.length >= examplesMax) return
      const seen = found.filter((one) => one.why === why).map(({ text }) => text)
      overlooked.push(`${new Date(room.clock.now()).toISOString()} ${JSON.stringify(arrival)}: ${seen.join('; ')}`)
    },
    report(rooms) {
      const cooldowns = (provider: ProviderName): number =>
        rooms
          .flatMap(({ events }) => events)
          .filter((event) => event.type === 'CredentialRateLimited' && event.data.profileId.startsWith(`${provider}:`))
          .length
      const reportOf = (provider: ProviderName): ProviderReport => {
        const { statuses, withRoom } = notes[provider]
        const others = [...statuses].filter(([status]) => status !== 200 && status !== 429)
        return {
          ...standIn.tallies[provider],
          requests: [...statuses.values()].reduce((sum, count) => sum + count, 0),
          served: statuses.get(200) ?? 0,
          servable: servable[provider],
          refused: statuses.get(429) ?? 0,
          refusedWithRoom: withRoom,
          others: Object.fromEntries(others),
          cooldowns: cooldowns(provider),
        }
      }
      const providers = Object.fromEntries(providerNames.map((name) => [name, reportOf(name)]))
      return { providers: providers as MonthReport['providers'], overlooked } // one for each name
    },
  }
}

interface Notes {
  readonly statuses: Map<number, number>
  readonly withRoom: Record<Why, number>
}

const emptyNotes = (): Notes => ({
  statuses: new Map(),
  withRoom: { overlooked: 0, tried: 0, told: 0, unstated: 0, blocked: 0 },
})

/** The keys that would have served the request now, each with what kept it from doing so. */
function roomFor(standIn: StandIn, room: Room, arrival: Arrival): { why: Why; text: string }[] {
  const { provider, model, tokens, number } = arrival
  const triedBy = standIn.triedBy(number)
  return standIn.organisations
    .filter((each) => each.provider === provider && standIn.hasCapacity(each, model, tokens))
    .flatMap((organisation) =>
      organisation.variables
        .filter((variable) => standIn.isValid(variable))
        .map((variable) =>
          triedBy.has(organisation)
            ? { why: 'tried' as const, text: `${organisation.name} had refused it` }
            : whyNot(standIn, room, organisation, variable, model),
        ),
    )
}

function whyNot(
  standIn: StandIn,
  room: Room,
  organisation: Organisation,
  variable: string,
  model: Arrival['model'],
): { why: Why; text: string } {
  const id = `${organisation.provider}:${variable}`
  const credential = credentialOf(room, organisation, variable)
  const now = room.clock.now()
  if (credential.disabled) return { why: 'blocked', text: `${id} is disabled` }
  // Where keys share a limit, the cooldown of one speaks for all.
  const cooldown = organisation.variables
    .map((each) => limitStanding([credentialOf(room, organisation, each)], model, now).running)
    .find((each) => each !== null)
  if (!cooldown) return { why: 'overlooked', text: `${id} is ready` }
  const told = standIn.toldUntil(organisation, model)
  const until = new Date(cooldown.until).toISOString()
  if (told === undefined) return { why: 'overlooked', text: `${id} cools until ${until} and never refused ${model}` }
  if (told === null) return { why: 'unstated', text: `${id} cools until ${until}` }
  const text = `${id} cools until ${until}, told ${new Date(told).toISOString()}`
  return { why: cooldown.until <= told ? 'told' : 'overlooked', text }
}

const credentialOf = (room: Room, { provider }: Organisation, variable: string): Credential =>
  room.state().credentials[`${provider}:${variable}`] as Credential // every variable has one
