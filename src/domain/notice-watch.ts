// When a matter is told over which channel: once, once more at half of the time that remained, and anew only when it was over in between.
import { entryOf, type ToldNotice } from './entities.ts'
import { type Matter, matterKindOf } from './matter.ts'
import { type Notices, timesMax } from './notice.ts'
import { type Channel, wants } from './notice-channel.ts'

/** A matter that a process follows. Times are of a clock that only grows, in milliseconds. */
interface Watched {
  readonly kind: string
  /** As it was seen last; null for one of which nothing is known but that it was told. */
  readonly matter: Matter | null
  readonly seenAt: number
  /** Since when it is not there. */
  readonly goneAt: number | null
}

/** A matter that passed before everybody could be told. */
interface Passed {
  readonly matter: Matter
  /** Epoch milliseconds. */
  readonly overAt: number
  /** On the clock that only grows. */
  readonly goneAt: number
  /** The channels that have not heard of it. */
  readonly owed: readonly string[]
}

export interface Watch {
  readonly watched: ReadonlyMap<string, Watched>
  /** The oldest first. */
  readonly passed: readonly Passed[]
}

export const nothingWatched: Watch = { watched: new Map(), passed: [] }

/** One matter to tell over one channel. */
export interface Due {
  readonly matter: Matter
  readonly isReminder: boolean
  /** Epoch milliseconds; null while it lasts. */
  readonly overAt: number | null
}

export interface Look {
  readonly matters: readonly Matter[]
  readonly channels: readonly Channel[]
  readonly told: Notices
  /** Epoch milliseconds; may jump. */
  readonly now: number
  readonly monotonicMs: number
}

/** For so long somebody hears of what has passed, and of so many things. */
const passedMsMax = 24 * 3_600_000
const passedMax = 50
/** With less time left at the first telling a second one says nothing new. */
const remindFromMs = 10 * 60_000

export interface Followed {
  readonly watch: Watch
  /** What is here for the first time in this process, and nobody was told of before. */
  readonly began: readonly Matter[]
  /** The keys of what was told and is over. */
  readonly settled: readonly string[]
}

/** Takes in what there is now. */
export function follow(watch: Watch, look: Look): Followed {
  const watched = new Map<string, Watched>()
  const passed = watch.passed.filter(({ goneAt }) => look.monotonicMs - goneAt < passedMsMax)
  const settled: string[] = []
  const began: Matter[] = []
  for (const matter of look.matters) {
    const before = watch.watched.get(matter.key)
    if (!before && !entryOf(look.told, matter.key)) began.push(matter)
    // One that returns after its time was over, and before anybody looked, is a new one.
    if (before && isSettled(before, look)) settle(matter.key, before)
    const seenAt = before && !isSettled(before, look) ? before.seenAt : look.monotonicMs
    watched.set(matter.key, { kind: matter.kind, matter, seenAt, goneAt: null })
  }
  for (const [key, before] of [...watch.watched, ...untracked(watch, look)]) {
    if (watched.has(key)) continue
    const gone = { ...before, goneAt: before.goneAt ?? look.monotonicMs }
    if (isSettled(gone, look)) settle(key, gone)
    else watched.set(key, gone)
  }
  return { watch: { watched, passed: passed.slice(-passedMax) }, began, settled }

  function settle(key: string, { matter, kind, goneAt, seenAt }: Watched): void {
    const record = entryOf(look.told, key)
    if (record) settled.push(key)
    const entry = matterKindOf(kind)
    if (!matter || !entry?.passes || (goneAt ?? 0) - seenAt < entry.graceMs) return
    const owed = look.channels
      .filter((channel) => wants(channel, kind) && !entryOf(record?.channels ?? {}, channel.name))
      .map(({ name }) => name)
    if (owed.length > 0) passed.push({ matter, overAt: look.now, goneAt: look.monotonicMs, owed })
  }
}

/** What was told by an earlier process and is not there any more. */
function untracked(watch: Watch, { told, monotonicMs }: Look): [string, Watched][] {
  return Object.values(told)
    .filter(({ key }) => !watch.watched.has(key))
    .map(({ key, kind }) => [key, { kind, matter: null, seenAt: monotonicMs, goneAt: null }])
}

function isSettled({ goneAt, kind }: Watched, { monotonicMs }: Look): boolean {
  return goneAt !== null && monotonicMs - goneAt >= (matterKindOf(kind)?.settleMs ?? 0)
}

/** What there is to tell over a channel now, whatever hinders it. */
export function dueOn(watch: Watch, channel: Channel, look: Look): Due[] {
  const lasting = [...watch.watched.values()].flatMap((each): Due[] => {
    if (!each.matter || each.goneAt !== null || !wants(channel, each.kind)) return []
    const dueAt = dueAtOn(each, channel.name, look)
    if (dueAt === null || dueAt > look.now) return []
    const isReminder = toldTimes(entryOf(look.told, each.matter.key), channel.name) > 0
    return [{ matter: each.matter, isReminder, overAt: null }]
  })
  const over = watch.passed
    .filter(({ owed }) => owed.includes(channel.name))
    .map(({ matter, overAt }): Due => ({ matter, isReminder: false, overAt }))
  return [...over, ...lasting]
}

/** When a matter that lasts is told over a channel next (epoch milliseconds); null when it is not told again. */
export function nextTelling(watch: Watch, key: string, channel: Channel, look: Look): number | null {
  const each = watch.watched.get(key)
  if (!each?.matter || each.goneAt !== null || !wants(channel, each.kind)) return null
  return dueAtOn(each, channel.name, look)
}

function dueAtOn({ matter, seenAt }: Watched, channel: string, { told, now, monotonicMs }: Look): number | null {
  if (!matter) return null
  const entry = matterKindOf(matter.kind)
  const record = entryOf(told, matter.key)
  const before = record && entryOf(record.channels, channel)
  if (!before) return now + Math.max(0, (entry?.graceMs ?? 0) - (monotonicMs - seenAt))
  const { until } = matter
  if (before.times >= timesMax || !entry?.reminds || until === null) return null
  const leftMs = until - before.firstAt
  return leftMs < remindFromMs ? null : before.firstAt + leftMs / 2
}

function toldTimes(record: ToldNotice | undefined, channel: string): number {
  return entryOf(record?.channels ?? {}, channel)?.times ?? 0
}

/** After what had passed was told over a channel. */
export function afterTelling(watch: Watch, channel: string, dues: readonly Due[]): Watch {
  const over = new Set(dues.filter(({ overAt }) => overAt !== null).map(({ matter }) => matter))
  if (over.size === 0) return watch
  const passed = watch.passed
    .map((each) => (over.has(each.matter) ? { ...each, owed: each.owed.filter((name) => name !== channel) } : each))
    .filter(({ owed }) => owed.length > 0)
  return { ...watch, passed }
}
