// How the notifier goes on when a channel fails, the log cannot be written, or the machine sleeps: a clock in hand.
import { afterEach, expect, test } from 'vitest'
import { entryOf } from '../../src/domain/entities.ts'
import type { Matter } from '../../src/domain/matter.ts'
import { type Notices, withTelling } from '../../src/domain/notice.ts'
import type { Channel } from '../../src/domain/notice-channel.ts'
import type { NoticeData } from '../../src/domain/notice-text.ts'
import { realHost } from '../../src/host.ts'
import type { Delivery } from '../../src/notify/delivery.ts'
import { openLedger } from '../../src/notify/ledger.ts'
import { type Notifier, openNotifier } from '../../src/notify/notifier.ts'
import { type ManualClock, openManualClock } from '../support/manual-clock.ts'
import { channel, matter } from '../support/matters.ts'
import { noon } from '../support/story.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const [phone, mail] = [channel('phone'), channel('mail')]
const refused: Delivery = { ok: false, reason: 'connection refused' }

interface Room {
  readonly clock: ManualClock
  readonly notifier: Notifier
  /** Each attempt: the channel and the notice. */
  readonly attempts: [string, NoticeData][]
  readonly warnings: string[]
  matters: Matter[]
  /** What each channel answers; `ok` unless said otherwise. */
  readonly answers: Map<string, Delivery>
  logWorks: boolean
  told: Notices
  elsewhere: Notices
  /** By how much the clock on the wall is ahead of time. */
  wallAheadMs: number
  minuteOfDay: number
}

const open: Notifier[] = []
afterEach(() => {
  for (const notifier of open.splice(0)) void notifier.close()
})

function openRoom(
  channels: readonly Channel[] = [phone, mail],
  before: Partial<Pick<Room, 'matters' | 'elsewhere'>> = {},
): Room {
  const clock = openManualClock()
  const warnings: string[] = []
  const log = {
    ...realHost().log,
    warn: (_fields: object, message: string) => void warnings.push(message),
  }
  const host = { ...clock, now: () => clock.now() + room.wallAheadMs, log }
  const room: Omit<Room, 'notifier'> = {
    clock,
    attempts: [],
    warnings,
    matters: [],
    answers: new Map(),
    logWorks: true,
    told: {},
    elsewhere: {},
    wallAheadMs: 0,
    minuteOfDay: 12 * 60,
    ...before,
  }
  const write = (change: () => void): Promise<void> => {
    if (!room.logWorks) return Promise.reject(new Error('no space left'))
    change()
    return Promise.resolve()
  }
  const ledger = openLedger({
    log,
    told: () => room.told,
    record: (of, name) =>
      write(() => {
        const { key, kind } = of
        const telling = withTelling(entryOf(room.told, key), { key, kind, channels: [name] }, host.now())
        room.told = { ...room.told, [key]: telling }
      }),
    settle: (key) =>
      write(() => (room.told = Object.fromEntries(Object.entries(room.told).filter(([each]) => each !== key)))),
  })
  const notifier = openNotifier({
    host,
    hostName: () => 'here',
    ledger,
    matters: () => room.matters,
    channels: () => channels,
    onBegan() {},
    toldElsewhere: () => Promise.resolve(room.elsewhere),
    deliver(to, notice) {
      room.attempts.push([to.name, notice])
      return Promise.resolve(room.answers.get(to.name) ?? { ok: true })
    },
    minuteOfDay: () => room.minuteOfDay,
  })
  open.push(notifier)
  notifier.start()
  return Object.assign(room, { notifier })
}

const names = (room: Room): string[] => room.attempts.map(([name]) => name)

test('matters that come together are one notice', async () => {
  const room = openRoom([phone])
  await room.clock.advance(1)
  room.matters = [matter('expired')]
  room.notifier.look()
  room.matters = [matter('expired'), matter('disabled'), matter('expiring')]
  room.notifier.look()
  await room.clock.advance(1_000)
  expect(room.attempts).toHaveLength(1)
  expect(room.attempts[0]?.[1].matters.map(({ kind }) => kind)).toEqual(['expired', 'disabled', 'expiring'])
})

test('a channel that fails is tried ever more seldom, while the others are told once', async () => {
  const room = openRoom()
  room.answers.set('phone', refused)
  room.matters = [matter('expired')]
  await room.clock.advance(minuteMs)
  expect(names(room)).toEqual(['phone', 'mail', 'phone', 'phone', 'phone'])
  await room.clock.advance(hourMs)
  const afterAnHour = room.attempts.length
  await room.clock.advance(hourMs)
  expect(room.attempts.length - afterAnHour).toBe(4) // every quarter of an hour
  room.answers.delete('phone')
  await room.clock.advance(hourMs)
  const tries = room.attempts.length
  await room.clock.advance(hourMs)
  expect(room.attempts).toHaveLength(tries)
  expect(names(room).filter((name) => name === 'mail')).toHaveLength(1)
  expect(room.warnings).toEqual(['a notice could not be sent, and is tried again'])
})

test('a week of failures is the end, until there is something new', async () => {
  const room = openRoom([phone])
  room.answers.set('phone', refused)
  room.matters = [matter('expired')]
  for (let day = 0; day < 8; day += 1) await room.clock.advance(24 * hourMs)
  const tries = room.attempts.length
  expect(tries).toBeLessThan(800)
  await room.clock.advance(24 * hourMs)
  expect(room.attempts).toHaveLength(tries)
  expect(room.warnings.at(-1)).toBe('a notice could not be sent, and is given up until there is something new')
  room.matters = [matter('expired'), matter('disabled')]
  room.answers.delete('phone')
  await room.clock.advance(minuteMs)
  expect(room.attempts.at(-1)?.[1].matters).toHaveLength(2)
})

test('what asks for patience gets it', async () => {
  const room = openRoom([phone])
  room.answers.set('phone', { ok: false, reason: 'HTTP 429', retryAfterMs: 20 * minuteMs })
  room.matters = [matter('expired')]
  await room.clock.advance(20 * minuteMs - 1)
  expect(room.attempts).toHaveLength(1)
  await room.clock.advance(2)
  expect(room.attempts).toHaveLength(2)
})

test('what somebody has to mend is tried every quarter of an hour', async () => {
  const room = openRoom([phone])
  room.answers.set('phone', { ok: false, reason: 'no such program', isLasting: true })
  room.matters = [matter('expired')]
  await room.clock.advance(hourMs - 1_000)
  expect(room.attempts).toHaveLength(4)
})

test('after the machine slept a failed channel is tried at once', async () => {
  const room = openRoom([phone])
  room.answers.set('phone', refused)
  room.matters = [matter('expired')]
  await room.clock.advance(hourMs)
  const tries = room.attempts.length
  room.answers.delete('phone')
  room.wallAheadMs = 8 * hourMs
  await room.clock.advance(20_000)
  expect(room.attempts).toHaveLength(tries + 1)
})

test('while the log cannot be written nothing is told twice, and it is written later', async () => {
  const room = openRoom([phone])
  room.logWorks = false
  room.matters = [matter('storage_failed')]
  await room.clock.advance(hourMs)
  expect(room.attempts).toHaveLength(1)
  expect(room.told).toEqual({})
  room.logWorks = true
  await room.clock.advance(minuteMs)
  expect(Object.keys(room.told)).toEqual(['storage_failed:x'])
})

test('an end that could not be written does not hide the matter when it comes back', async () => {
  const room = openRoom([phone])
  room.matters = [matter('disabled')]
  await room.clock.advance(minuteMs)
  room.logWorks = false
  room.matters = []
  await room.clock.advance(minuteMs)
  room.matters = [matter('disabled')]
  await room.clock.advance(minuteMs)
  expect(room.attempts).toHaveLength(2)
  room.logWorks = true
  await room.clock.advance(minuteMs)
  expect(room.told['disabled:x']?.channels['phone']?.times).toBe(1)
})

test('quiet hours hold everything back, and at their end it is told together', async () => {
  const quiet = channel('phone', { quietHours: '22:00-07:00' })
  const room = openRoom([quiet, mail])
  room.minuteOfDay = 23 * 60
  room.matters = [matter('expired')]
  await room.clock.advance(hourMs)
  room.matters = [matter('expired'), matter('disabled')]
  await room.clock.advance(hourMs)
  expect(names(room)).toEqual(['mail', 'mail'])
  room.minuteOfDay = 7 * 60
  await room.clock.advance(minuteMs)
  expect(names(room)).toEqual(['mail', 'mail', 'phone'])
  expect(room.attempts.at(-1)?.[1].matters).toHaveLength(2)
})

test('what the monitor told is not told again', async () => {
  const before = { key: 'expired:x', kind: 'expired', channels: ['phone'] }
  const elsewhere = { 'expired:x': withTelling(undefined, before, noon) }
  const room = openRoom([phone, mail], { matters: [matter('expired')], elsewhere })
  await room.clock.advance(minuteMs)
  expect(names(room)).toEqual(['mail'])
  expect(Object.keys(room.told['expired:x']?.channels ?? {})).toEqual(['phone', 'mail'])
})
