// The monitor: tells people without the gateway's help, and of the gateway itself; a process that looks, tells and ends.
import { entryOf, type ToldNotice } from '../domain/entities.ts'
import { isoInstant } from '../domain/events.ts'
import { parseProfileId, parseProviderId } from '../domain/ids.ts'
import type { Matter } from '../domain/matter.ts'
import { credentialMatters } from '../domain/matters.ts'
import { type Notices, withTelling } from '../domain/notice.ts'
import { type Channel, namedChannels } from '../domain/notice-channel.ts'
import { composeNotice } from '../domain/notice-text.ts'
import { dueOn, type Due, follow, type Look, nothingWatched } from '../domain/notice-watch.ts'
import { isQuiet, parseQuietHours } from '../domain/quiet-hours.ts'
import { shortInstant } from '../domain/short-instant.ts'
import { readSettings } from '../doctor/settings.ts'
import { isOurs } from '../doctor/home-checks.ts'
import { messageOf } from '../errors.ts'
import { realHost, type Environment, type Host } from '../host.ts'
import { deliver } from '../notify/deliver.ts'
import type { Delivery } from '../notify/delivery.ts'
import type { Result } from '../protocol/contract.ts'
import { type HomeLook, lookAtHome } from './look-at-home.ts'
import { readMonitorFile, writeMonitorFile } from './monitor-file.ts'
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

/** What is known from elsewhere, in whichever way. */
interface Knowledge {
  readonly matters: readonly Matter[]
  readonly told: Notices
  /** Whether this channel is ours to tell over: a gateway that runs does it itself. */
  isOurs(channel: Channel): boolean
  readonly notes: readonly string[]
}

/** A gateway that failed so often in a row has a way of its own that does not work. */
const failuresMin = 2

/** Looks, tells over each channel what it has not heard of, once, and remembers it. Never rejects but for a defect. */
export async function runMonitor({ env, packageRoot, gateway }: MonitorOptions): Promise<MonitorOutcome> {
  const host = realHost({ env })
  host.makeFilesPrivate()
  const settings = await readSettings(host)
  const channels = namedChannels(settings.configuration.notify)
  const known = gateway === null ? await withoutGateway(host, packageRoot, settings.configuration.auth) : of(gateway)
  const before = await readMonitorFile(host)
  const look: Look = {
    matters: known.matters,
    channels,
    told: merged(known.told, before),
    now: host.now(),
    monotonicMs: host.monotonicMs(),
  }
  const { watch } = follow(nothingWatched, look)
  const post = deliveryDeps(host, () => settings.configuration.gateway.upstream)
  const told = await Promise.all(
    channels.map(async (channel) => {
      const dues = known.isOurs(channel) && !isQuietNow(channel, look.now) ? dueOn(watch, channel, look) : []
      if (dues.length === 0) return null
      return { channel, dues, delivery: await deliver(post, channel, composeNotice(dues, host.hostName())) }
    }),
  )
  const tellings = told.flatMap((each) => each ?? [])
  const notes = [...known.notes, ...settingsNotes(host, settings.configurationOk)]
  try {
    await remember(host, before, known.matters, tellings)
  } catch (error) {
    notes.push(`what was told could not be remembered, and may be told again: ${messageOf(error)}`)
  }
  return { channels: channels.length, deliveries: tellings.map(outcomeOf), notes }
}

interface Telling {
  readonly channel: Channel
  readonly dues: readonly Due[]
  readonly delivery: Delivery
}

function outcomeOf({ channel, dues, delivery }: Telling): MonitorOutcome['deliveries'][number] {
  return { channel: channel.name, matters: dues.length, failure: delivery.ok ? null : delivery.reason }
}

function settingsNotes({ paths }: Host, ok: boolean): string[] {
  return ok ? [] : [`${paths.configuration} cannot be used, and so nobody is told: see traseai doctor`]
}

function isQuietNow({ settings }: Channel, now: number): boolean {
  const hours = parseQuietHours(settings.quietHours ?? '')
  return hours !== null && isQuiet(hours, minuteOfDay(now))
}

/** The matters of the gateway that runs; what it cannot tell itself is ours. */
function of({ matters, channels }: Result<'notify.list'>): Knowledge {
  const failing = channels.filter(({ trouble }) => trouble !== null && trouble.failures >= failuresMin)
  const told = matters.map(({ key, kind, until, channels: tellings }): [string, ToldNotice] => {
    const heard = tellings.flatMap(({ channel, toldAt, lastToldAt }) => {
      if (toldAt === null || lastToldAt === null) return []
      const [firstAt, lastAt] = [Date.parse(toldAt), Date.parse(lastToldAt)]
      return [[channel, { firstAt, lastAt, times: firstAt === lastAt ? 1 : 2 }] as const]
    })
    return [key, { key, kind, until: until === null ? null : Date.parse(until), channels: Object.fromEntries(heard) }]
  })
  return {
    matters: matters.map(asMatter),
    told: Object.fromEntries(told),
    isOurs: ({ name }) => failing.some((channel) => channel.name === name),
    notes: failing.map(({ name, trouble }) => `the gateway itself cannot tell over ${name}: ${trouble?.reason ?? ''}`),
  }
}

function asMatter({ since, until, profileId, provider, ...words }: Result<'notify.list'>['matters'][number]): Matter {
  return {
    ...words,
    ...(profileId === undefined ? {} : { profileId: parseProfileId(profileId) }),
    ...(provider === undefined ? {} : { provider: parseProviderId(provider) }),
    since: Date.parse(since),
    until: until === null ? null : Date.parse(until),
  }
}

async function withoutGateway(
  host: Host,
  packageRoot: string,
  { expiryWarningMs }: { readonly expiryWarningMs: number },
): Promise<Knowledge> {
  const all = { isOurs: () => true }
  try {
    // SQLite makes files beside the one that it reads, and those must not be root's in somebody else's home.
    const look = (await isOurs(host)) ? await lookAtHome(host, packageRoot) : null
    if (look === null) return { ...all, matters: [gatewayDown(host, null)], told: {}, notes: [] }
    const { credentials, notices } = look.state
    const down = gatewayDown(host, look)
    const matters = [down, ...credentialMatters({ now: host.now(), expiryWarningMs, credentials })]
    return { ...all, matters, told: notices, notes: [] }
  } catch (error) {
    const notes = [`the credentials could not be looked at without the gateway: ${messageOf(error)}`]
    return { ...all, matters: [gatewayDown(host, null)], told: {}, notes }
  }
}

/** @param look null when nothing is known of the last gateway */
function gatewayDown(host: Host, look: Pick<HomeLook, 'stopped'> | null): Matter {
  const stopped = look?.stopped ?? null
  const how =
    stopped === null
      ? 'the last one did not end in good order'
      : `the last one stopped at ${shortInstant(stopped.at)}: ${stopped.reason}`
  return {
    key: 'gateway_down',
    kind: 'gateway_down',
    title: 'the gateway is not running',
    message: `no gateway serves ${host.paths.home}${look === null ? '' : `; ${how}`}`,
    hint: 'traseai gateway start',
    since: stopped?.at ?? host.now(),
    until: null,
  }
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
  tellings: readonly Telling[],
): Promise<void> {
  const lasting = new Set(matters.map(({ key }) => key))
  const told: Record<string, ToldNotice> = Object.fromEntries(
    Object.entries(before).filter(([key]) => lasting.has(key)),
  )
  for (const { channel, dues, delivery } of tellings) {
    if (!delivery.ok) continue
    for (const { matter } of dues) {
      const { key, kind, until } = matter
      const end = until === null ? {} : { until: isoInstant(until) }
      told[key] = withTelling(entryOf(told, key), { key, kind, channels: [channel.name], ...end }, host.now())
    }
  }
  if (JSON.stringify(told) !== JSON.stringify(before)) await writeMonitorFile(host, Object.values(told))
}
