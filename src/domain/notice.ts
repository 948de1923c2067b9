// What was told of which matter: its part of the fold and its decider.
import type { NoticeCommand } from './command.ts'
import { entryOf, type FoldedEvent, type ToldChannel, type ToldNotice, withoutEntry } from './entities.ts'
import { type DomainEvent, type EventData, isoInstant } from './events.ts'
import type { Matter } from './matter.ts'

/** Keyed by the matter. Matters are fewer than credentials and providers, and one that is over is forgotten: so this is small. */
export type Notices = Readonly<Record<string, ToldNotice>>

/** A channel that was told this often hears no more of a matter: once, and its reminder. */
export const timesMax = 2
/** Channels that a record names; traseai.json has room for 20, and renamed ones leave their old names behind. */
const channelsMax = 100

/** The notices after one more event; the very same object when it does not concern them. */
export function evolveNotices(notices: Notices, event: FoldedEvent): Notices {
  switch (event.type) {
    case 'NoticeSent': {
      const { key } = event.data
      return { ...notices, [key]: withTelling(entryOf(notices, key), event.data, event.at) }
    }
    case 'NoticeSettled':
      return withoutEntry(notices, event.data.key)
    default:
      return notices
  }
}

/** A record of what was told, with one more telling at `at` (epoch milliseconds). */
export function withTelling(
  told: ToldNotice | undefined,
  { until, channels: names, ...subject }: EventData<'NoticeSent'>,
  at: number,
): ToldNotice {
  const channels: Record<string, ToldChannel> = { ...told?.channels }
  for (const name of names) {
    const before = entryOf(channels, name)
    channels[name] = { firstAt: before?.firstAt ?? at, lastAt: at, times: (before?.times ?? 0) + 1 }
  }
  const kept = Object.entries(channels)
    .toSorted(([, a], [, b]) => b.lastAt - a.lastAt)
    .slice(0, channelsMax)
  return { ...subject, until: until === undefined ? null : Date.parse(until), channels: Object.fromEntries(kept) }
}

/** What was told is a fact; what is settled must have been told. */
export function decideNotice(notices: Notices, command: NoticeCommand): readonly DomainEvent[] {
  if (command.type === 'RecordNotice') {
    return [{ type: 'NoticeSent', data: tellingOf(command.matter, command.channels) }]
  }
  const told = entryOf(notices, command.key)
  return told ? [{ type: 'NoticeSettled', data: subjectOf(told) }] : []
}

/** That a matter was told over these channels. */
export function tellingOf(
  matter: Subject & Pick<Matter, 'until'>,
  channels: readonly string[],
): EventData<'NoticeSent'> {
  const { until } = matter
  return { ...subjectOf(matter), ...(until === null ? {} : { until: isoInstant(until) }), channels: [...channels] }
}

type Subject = EventData<'NoticeSettled'>

function subjectOf({ key, kind, profileId, provider }: Subject): Subject {
  return {
    key,
    kind,
    ...(profileId === undefined ? {} : { profileId }),
    ...(provider === undefined ? {} : { provider }),
  }
}
