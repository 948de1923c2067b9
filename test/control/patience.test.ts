// How long a connection may say nothing, or half of something, on a clock that the test moves.
import { describe, expect, it } from 'vitest'
import { openPatience } from '../../src/control/patience.ts'
import { realHost, type Host } from '../../src/host.ts'

function manualClock(): { host: Host; pass(ms: number): void } {
  let nowMs = 0
  const timers = new Set<{ readonly atMs: number; readonly callback: () => void }>()
  const host: Host = {
    ...realHost({ env: {} }),
    setTimer(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback }
      timers.add(timer)
      return { cancel: () => timers.delete(timer) }
    },
  }
  return {
    host,
    pass(ms) {
      nowMs += ms
      for (const timer of timers) {
        if (timer.atMs > nowMs) continue
        timers.delete(timer)
        timer.callback()
      }
    },
  }
}

describe('a connection', () => {
  it('that never sends a line is given up after a minute', () => {
    const { clock, reasons } = connection()
    clock.pass(59_999)
    expect(reasons).toEqual([])
    clock.pass(1)
    expect(reasons).toEqual(['it sent no line'])
  })

  it('that sent a line may be silent for ever', () => {
    const { clock, reasons, patience } = connection()
    patience.lineCame()
    patience.restsAt(false)
    clock.pass(10_000_000)
    expect(reasons).toEqual([])
  })

  it('that sent half a line is given up after half a minute, even if more of it drips in', () => {
    const { clock, reasons, patience } = connection()
    patience.restsAt(true)
    clock.pass(20_000)
    patience.restsAt(true)
    clock.pass(10_000)
    expect(reasons).toEqual(['it sent half a line'])
  })

  it('that finishes its line in time has as long for the next one', () => {
    const { clock, reasons, patience } = connection()
    patience.restsAt(true)
    clock.pass(29_000)
    patience.lineCame()
    patience.restsAt(true)
    clock.pass(29_000)
    expect(reasons).toEqual([])
    clock.pass(1_000)
    expect(reasons).toEqual(['it sent half a line'])
  })

  it('is given up once only', () => {
    const { clock, reasons, patience } = connection()
    patience.restsAt(true)
    clock.pass(100_000)
    clock.pass(100_000)
    expect(reasons).toHaveLength(1)
  })
})

function connection(): {
  clock: ReturnType<typeof manualClock>
  reasons: string[]
  patience: ReturnType<typeof openPatience>
} {
  const clock = manualClock()
  const reasons: string[] = []
  return { clock, reasons, patience: openPatience(clock.host, (why) => reasons.push(why)) }
}
