// The monitor: tells people without the gateway's help, and of the gateway itself; a process that looks, tells and ends.
import { entryOf, type ToldNotice } from '../domain/entities.ts'
import type { Matter } from '../domain/matter.ts'
import { type Notices, tellingOf, withTelling } from '../domain/notice.ts'
import { type Channel, namedChannels, quietHoursOf } from '../domain/notice-channel.ts'
import { composeNotice } from '../domain/notice-text.ts'
import { dueOn, type Due, follow, type Look, nothingWatched } from '../domain/notice-watch.ts'
import { isQuiet } from '../domain/quiet-hours.ts'
import { readSettings } from '../doctor/settings.ts'
import { messageOf } from '../errors.ts'
import { realHost, type Environment, type Host } from '../host.ts'
import { deliver } from '../notify/deliver.ts'
import type { Delivery, DeliveryDeps } from '../notify/delivery.ts'
import type { Result } from '../protocol/contract.ts'
import { readMonitorFile, writeMonitorFile } from './monitor-file.ts'
import { type Knowledge, knownOfGateway, knownOfHome } from './monitor-knowledge.ts'
import { deliveryDeps, minuteOfDay } from './telling.ts'

export interface MonitorOptions {
  readonly env: Environment
  /** The folder with `dist/`. */
  readonly packageRoot: string
  /** What the running gateway has to tell and told; null when none answers. */
  readonly gateway: Result<'notify.list'> | null
}

export interface MonitorOutcome {
  /** Of traseai.json. */
  readonly channels: number
  /** One for each channel that something was told over, or not. */
  readonly deliveries: readonly {
    readonly channel: string
    readonly matters: number
    readonly failure: string | null
  }[]
  /** What else a person should read. */
  readonly notes: readonly string[]
}

/** Looks, tells over each channel what it has not heard of, once, and remembers it. Never rejects but for a defect. */
export async function runMonitor({ env, packageRoot, gateway }: MonitorOptions): Promise<MonitorOutcome> {
  const host = realHost({ env })
  host.makeFilesPrivate()
  const settings = await readSettings(host)
  const { auth, notify, gateway: served } = settings.configuration
  const known = gateway === null ? await knownOfHome(host, packageRoot, auth.expiryWarningMs) : knownOfGateway(gateway)
  const channels = namedChannels(notify)
  const before = await readMonitorFile(host)
  const look: Look = {
    matters: known.matters,
    channels,
    told: merged(known.told, before),
    now: host.now(),
    monotonicMs: host.monotonicMs(),
  }
  const delivering = deliveryDeps(host, () => served.upstream)
  const tellings = await tellAll(host, known, look, delivering)
  const notes = [...known.notes, ...settingsNotes(host, settings.configurationOk)]
  try {
    await remember(host, before, known.matters, tellings)
  } catch (error) {
    notes.push(`what was told could not be remembered, and may be told again: ${messageOf(error)}`)
  }
  return { channels: channels.length, deliveries: tellings.map(outcomeOf), notes }
}

interface Told {
  readonly channel: Channel
  readonly dues: readonly Due[]
  readonly delivery: Delivery
}

/** Each channel by itself, at the same time. */
async function tellAll(
  host: Host,
  { mayTell }: Knowledge,
  look: Look,
  delivering: DeliveryDeps,
): Promise<readonly Told[]> {
  const { watch } = follow(nothingWatched, look)
  const told = look.channels.map(async (channel): Promise<Told[]> => {
    if (!mayTell(channel) || isQuiet(quietHoursOf(channel), minuteOfDay(look.now))) return []
    const dues = dueOn(watch, channel, look)
    if (dues.length === 0) return []
    return [{ channel, dues, delivery: await deliver(delivering, channel, composeNotice(dues, host.hostName())) }]
  })
  return (await Promise.all(told)).flat()
}

function outcomeOf({ channel, dues, delivery }: Told): MonitorOutcome['deliveries'][number] {
  return { channel: channel.name, matters: dues.length, failure: delivery.ok ? null : delivery.reason }
}

function settingsNotes({ paths }: Host, ok: boolean): string[] {
  return ok ? [] : [`${paths.configuration} cannot be used, and so nobody is told: see traseai doctor`]
}

function merged(theirs: Notices, ours: Notices): Notices {
  const keys = new Set([...Object.keys(theirs), ...Object.keys(ours)])
  return Object.fromEntries(
    [...keys].flatMap((key): [string, ToldNotice][] => {
      const [a, b] = [entryOf(theirs, key), entryOf(ours, key)]
      const either = a ?? b
      return either ? [[key, { ...either, channels: { ...b?.channels, ...a?.channels } }]] : []
    }),
  )
}

/** Keeps what was told of matters that there still are, with what was told just now; no write when nothing changes. */
async function remember(
  host: Host,
  before: Notices,
  matters: readonly Matter[],
  tellings: readonly Told[],
): Promise<void> {
  const lasting = new Set(matters.map(({ key }) => key))
  const told: Record<string, ToldNotice> = Object.fromEntries(
    Object.entries(before).filter(([key]) => lasting.has(key)),
  )
  for (const { channel, dues, delivery } of tellings) {
    if (!delivery.ok) continue
    for (const { matter } of dues) {
      const { key } = matter
      told[key] = withTelling(entryOf(told, key), tellingOf(matter, [channel.name]), host.now())
    }
  }
  if (JSON.stringify(told) !== JSON.stringify(before)) await writeMonitorFile(host, Object.values(told))
}
