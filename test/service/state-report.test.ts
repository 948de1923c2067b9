// What systemd hears of a gateway, over a real socket, with a clock in hand.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { realHost } from '../../src/host.ts'
import { openStateReport, type StateReport } from '../../src/service/process/state-report.ts'
import { listenForNotices, type NotifyListener } from '../support/held-sockets.ts'
import { type ManualClock, openManualClock } from '../support/manual-clock.ts'
import { skipUnless } from '../support/skip-unless.ts'

const onLinux = skipUnless(process.platform === 'linux', 'Linux')

let clock: ManualClock
let listener: NotifyListener
let path: string

beforeEach(() => {
  clock = openManualClock()
  const folder = mkdtempSync(join(tmpdir(), 'notify-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  path = join(folder, 'socket')
})

function open(options: { readonly path?: string; readonly watchdogMs?: number } = {}): StateReport {
  const notifySocket = options.path ?? path
  listener = listenForNotices(notifySocket)
  const { watchdogMs = null } = options
  const report = openStateReport({ ...realHost(), ...clock }, { env: {}, notifySocket, watchdogMs, descriptors: [] })
  onTestFinished(() => {
    report.close()
    listener.close()
  })
  return report
}

describe('a gateway that somebody asks how it is', () => {
  onLinux('says that it is ready, with its line, once', () => {
    const report = open()
    expect(listener.received()).toEqual([])
    report.status('1 provider, 2 credentials')
    report.ready()
    expect(listener.received()).toEqual(['STATUS=1 provider, 2 credentials', 'READY=1'])
  })

  onLinux('reaches an abstract socket as well', () => {
    open({ path: `@traseai-test-${process.pid}` }).ready()
    expect(listener.received()).toEqual(['READY=1'])
  })

  onLinux('tells its line at most once in a second, the newest one, and only when it is another one', async () => {
    const report = open()
    for (const text of ['one', 'two', 'three']) report.status(text)
    expect(listener.received()).toEqual(['STATUS=one'])
    await clock.advance(1_000)
    expect(listener.received()).toEqual(['STATUS=three'])
    report.status('three')
    await clock.advance(10_000)
    expect(listener.received().filter((text) => text.startsWith('STATUS'))).toEqual([])
    report.status('four')
    expect(listener.received()).toEqual(['STATUS=four'])
  })

  onLinux('tells nothing but one line', () => {
    open().status('one\nREADY=1')
    expect(listener.received()).toEqual(['STATUS=one READY=1'])
  })

  onLinux('shows three times in the time of the watchdog that its main loop lives', async () => {
    open({ watchdogMs: 30_000 }).ready()
    listener.received()
    await clock.advance(30_000)
    expect(listener.received()).toEqual(['WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1'])
  })

  onLinux('loses nothing, and changes no order, while nobody takes what it says', async () => {
    const report = open()
    for (let i = 0; i < 40; i++) {
      report.status(`line ${i}`)
      await clock.advance(1_000)
    }
    report.ready()
    const told = [...listener.received()]
    for (let i = 0; i < 5; i++) {
      await clock.advance(50)
      told.push(...listener.received())
    }
    const lines = told.filter((text) => text.startsWith('STATUS'))
    expect(lines).toEqual(Array.from({ length: 40 }, (_none, i) => `STATUS=line ${i}`))
    expect(told.at(-1)).toBe('READY=1')
  })

  onLinux('says when it reads its settings again, by the clock of the machine, and when it has', () => {
    const report = open()
    report.ready()
    const done = report.reloading()
    const [, reloading = ''] = listener.received()
    const told = Number(/^RELOADING=1\nMONOTONIC_USEC=(\d+)$/.exec(reloading)?.[1])
    const nowUs = Number(process.hrtime.bigint() / 1_000n)
    expect(nowUs - told).toBeGreaterThanOrEqual(0)
    expect(nowUs - told).toBeLessThan(60_000_000)
    done()
    expect(listener.received()).toEqual(['READY=1'])
  })

  onLinux('is not ready again when it was told to stop in the middle of that', () => {
    const report = open()
    report.ready()
    const done = report.reloading()
    listener.received()
    report.stopping(() => clock.now())
    done()
    expect(listener.received()).toEqual(['STOPPING=1', 'EXTEND_TIMEOUT_USEC=20000000'])
  })
})

describe('a gateway that takes long', () => {
  const extension = 'EXTEND_TIMEOUT_USEC=20000000'

  /** How often it asks for more time in that many minutes. */
  async function extensionsIn(minutes: number): Promise<number> {
    let count = 0
    for (let second = 0; second < minutes * 60; second += 10) {
      await clock.advance(10_000)
      count += listener.received().filter((text) => text === extension).length
    }
    return count
  }

  onLinux('to start asks for more time until it is ready', async () => {
    const report = open()
    expect(await extensionsIn(1)).toBe(12)
    report.ready()
    expect(await extensionsIn(1)).toBe(0)
  })

  onLinux('to start is taken for one that hangs after half an hour', async () => {
    open()
    await extensionsIn(30)
    expect(await extensionsIn(1)).toBe(0)
  })

  onLinux('to let requests end asks for more time, and no more when it should have ended', async () => {
    const report = open()
    report.ready()
    const until = clock.now() + 600_000
    report.stopping(() => until)
    listener.received()
    expect(await extensionsIn(10)).toBe(120)
    await extensionsIn(1)
    expect(await extensionsIn(1)).toBe(0)
  })
})

describe('a gateway that nobody asks', () => {
  test('does nothing', () => {
    const report = openStateReport(
      { ...realHost(), setTimer: () => expect.unreachable() },
      { env: {}, notifySocket: null, watchdogMs: 1_000, descriptors: [] },
    )
    expect(report.isAsked).toBe(false)
    report.ready()
    report.reloading()()
    report.stopping(() => 0)
    report.close()
  })

  onLinux('goes on when the socket is none, and says so once', () => {
    const said: string[] = []
    const log = { ...realHost().log, warn: (_fields: unknown, message: string) => void said.push(message) }
    for (const notifySocket of ['relative', '/no/such/socket', `/${'long'.repeat(40)}`, 'vsock:2:1']) {
      const supervision = { env: {}, notifySocket, watchdogMs: null, descriptors: [] }
      const report = openStateReport({ ...realHost(), log }, supervision)
      report.ready()
      report.status('one')
      report.close()
    }
    expect(said).toEqual(Array.from({ length: 4 }, () => 'the service manager cannot be told how the gateway is'))
  })
})
