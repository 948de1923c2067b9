// What the control socket tells of notices: the list of matters and channels, and the test.
import type { ControlDeps } from '../control/deps.ts'
import { entryOf } from '../domain/entities.ts'
import { isoInstant } from '../domain/events.ts'
import { byMatterUrgency, type Matter, matterTable } from '../domain/matter.ts'
import { type Channel, quietHoursOf, wants } from '../domain/notice-channel.ts'
import { nextTelling } from '../domain/notice-watch.ts'
import { quietUntil } from '../domain/quiet-hours.ts'
import { suggest } from '../domain/suggest.ts'
import { TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { NotifierView } from '../notify/notifier.ts'
import type { Result } from '../protocol/contract.ts'
import { minuteOfDay, type Telling } from './telling.ts'

type List = Result<'notify.list'>
type ListedMatter = List['matters'][number]
type ListedChannel = List['channels'][number]

export function noticeDeps(
  host: Pick<Host, 'now' | 'monotonicMs'>,
  telling: Pick<Telling, 'view' | 'test'>,
): Pick<ControlDeps, 'notices' | 'testNotices'> {
  return {
    notices() {
      const view = telling.view()
      return {
        matters: byMatterUrgency(view.look.matters).map((matter) => listedMatter(host, view, matter)),
        channels: view.look.channels.map((channel) => listedChannel(host, view, channel)),
      }
    },
    testNotices: (name) => {
      const { channels } = telling.view().look
      return Promise.all(chosen(channels, name).map(async (channel) => outcomeOf(channel, await telling.test(channel))))
    },
  }
}

type Clock = Pick<Host, 'now' | 'monotonicMs'>

function listedMatter(host: Clock, view: NotifierView, matter: Matter): ListedMatter {
  const { since, until, ...words } = matter
  const channels = view.look.channels.filter((channel) => wants(channel, matter.kind))
  const record = entryOf(view.look.told, matter.key)
  return {
    ...words,
    severity: matterTable[matter.kind].severity,
    since: isoInstant(since),
    until: instantOf(until),
    channels: channels.map((channel) => {
      const told = entryOf(record?.channels ?? {}, channel.name)
      return {
        channel: channel.name,
        toldAt: instantOf(told?.firstAt),
        lastToldAt: instantOf(told?.lastAt),
        nextAt: instantOf(nextAt(host, view, matter, channel)),
      }
    }),
  }
}

/** When nothing hinders it, or when what hinders it is over. */
function nextAt(host: Clock, view: NotifierView, { key }: Matter, channel: Channel): number | null {
  const due = nextTelling(view.watch, key, channel, view.look)
  if (due === null) return null
  const { hasGivenUp } = view.attempts.of(channel)
  if (hasGivenUp) return null
  const at = Math.max(due, quietUntil(quietHoursOf(channel), due, minuteOfDay) ?? 0, retryAt(host, view, channel) ?? 0)
  return Math.max(at, view.look.now)
}

function listedChannel(host: Clock, view: NotifierView, channel: Channel): ListedChannel {
  const { name, settings } = channel
  const { trouble, failures } = view.attempts.of(channel)
  return {
    name,
    kind: settings.kind,
    only: settings.only === undefined ? null : [...settings.only],
    quietHours: settings.quietHours ?? null,
    quietUntil: instantOf(quietUntil(quietHoursOf(channel), view.look.now, minuteOfDay)),
    trouble:
      trouble === null
        ? null
        : {
            reason: trouble.reason,
            at: isoInstant(trouble.at),
            failures,
            retryAt: instantOf(retryAt(host, view, channel)),
          },
  }
}

/** Epoch milliseconds. */
function retryAt({ now, monotonicMs }: Clock, { attempts }: NotifierView, channel: Channel): number | null {
  const at = attempts.of(channel).retryAt
  return at === null ? null : Math.round(now() + at - monotonicMs())
}

function instantOf(epochMs: number | null | undefined): string | null {
  return epochMs === null || epochMs === undefined ? null : isoInstant(Math.round(epochMs))
}

/** @throws TraseError `not_found` */
function chosen(channels: readonly Channel[], name: string | null): readonly Channel[] {
  if (name === null) return channels
  const found = channels.filter((channel) => channel.name === name)
  if (found.length > 0) return found
  const names = channels.map((channel) => channel.name)
  const near = suggest(name, names)
  const choices = names.length === 0 ? 'notify in traseai.json names none' : `there is: ${names.join(', ')}`
  throw new TraseError('not_found', `no channel is called ${JSON.stringify(name)}`, {
    hint: near === undefined ? choices : `did you mean ${near}?`,
  })
}

function outcomeOf(
  { name, settings }: Channel,
  delivery: Awaited<ReturnType<Telling['test']>>,
): Result<'notify.test'>[number] {
  const { kind } = settings
  return delivery.ok ? { channel: name, kind, ok: true } : { channel: name, kind, ok: false, reason: delivery.reason }
}
