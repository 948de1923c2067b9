// Matters for tests, and a world in which they are told: a log that survives, a process that may end, channels that may be away.
import type { Matter, MatterKind } from '../../src/domain/matter.ts'
import { type Notices, tellingOf, withTelling } from '../../src/domain/notice.ts'
import type { Channel } from '../../src/domain/notice-channel.ts'
import { afterTelling, type Due, dueOn, follow, type Look, nothingWatched } from '../../src/domain/notice-watch.ts'
import { noon } from './story.ts'

export function matter(kind: MatterKind, more: Partial<Matter> = {}): Matter {
  const key = more.key ?? `${kind}:x`
  return {
    key,
    kind,
    title: `${kind} title`,
    message: `${kind} message`,
    hint: 'do this',
    since: noon,
    until: null,
    ...more,
  }
}

export function channel(name: string, settings: Partial<Channel['settings']> = {}): Channel {
  return { name, settings: { kind: 'desktop', ...settings } as Channel['settings'] }
}

export interface Told {
  readonly channel: string
  readonly key: string
  readonly isReminder: boolean
  readonly isOver: boolean
}

/** What happens in it happens when `look` is called. */
export interface TellingWorld {
  matters: readonly Matter[]
  /** Channels that take what they get. */
  reachable: ReadonlySet<string>
  readonly told: Told[]
  readonly log: () => Notices
  /** Time and clock go on; a clock may also be set. */
  pass(ms: number, clockMs?: number): void
  /** The process ends and another one begins. */
  restart(): void
  look(): void
}

export function openTellingWorld(channels: readonly Channel[]): TellingWorld {
  let [now, monotonicMs] = [noon, 0]
  let log: Notices = {}
  let watch = nothingWatched
  const tell = (channel: Channel, dues: readonly Due[]): void => {
    const records = new Map(Object.entries(log))
    for (const { matter, isReminder, overAt } of dues) {
      world.told.push({ channel: channel.name, key: matter.key, isReminder, isOver: overAt !== null })
      records.set(matter.key, withTelling(records.get(matter.key), tellingOf(matter, [channel.name]), now))
    }
    log = Object.fromEntries(records)
    watch = afterTelling(watch, channel.name, dues)
  }
  const world: TellingWorld = {
    matters: [],
    reachable: new Set(channels.map(({ name }) => name)),
    told: [],
    log: () => log,
    pass(ms, clockMs = ms) {
      monotonicMs += ms
      now += clockMs
    },
    restart() {
      watch = nothingWatched
      monotonicMs = 0
    },
    look() {
      const look = (): Look => ({ matters: world.matters, channels, told: log, now, monotonicMs })
      const followed = follow(watch, look())
      watch = followed.watch
      log = Object.fromEntries(Object.entries(log).filter(([key]) => !followed.settled.includes(key)))
      for (const channel of channels) {
        if (world.reachable.has(channel.name)) tell(channel, dueOn(watch, channel, look()))
      }
    },
  }
  return world
}
