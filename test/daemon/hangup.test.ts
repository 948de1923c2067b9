// What SIGHUP does: a reload at a time, and none once the gateway stops.
import { beforeEach, describe, expect, test } from 'vitest'
import { openHangup, type Hangup } from '../../src/daemon/hangup.ts'
import type { Log } from '../../src/host.ts'

let hangUp: () => void
let said: string[]
let reports: string[]
/** Ends of the reloads that were begun. */
let reloads: { readonly resolve: (outcome: object) => void; readonly reject: (error: Error) => void }[]

beforeEach(() => {
  ;[said, reports, reloads] = [[], [], []]
})

function open(stop: ((reason: string) => void) | null = null): Hangup {
  const say = (_fields: unknown, message: string): void => void said.push(message)
  const log: Log = { debug: say, info: say, warn: say, error: say }
  return openHangup({
    host: {
      log,
      onSignal(_signal, listener) {
        hangUp = listener
        return () => undefined
      },
    },
    report: {
      reloading() {
        reports.push('reloading')
        return () => void reports.push('ready')
      },
    },
    stop,
  })
}

const reload = (): Promise<object> => new Promise((resolve, reject) => void reloads.push({ resolve, reject }))
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('SIGHUP', () => {
  test('reads the settings again, and says what came of it', async () => {
    open().follow(reload)
    hangUp()
    expect(reports).toEqual(['reloading'])
    reloads[0]?.resolve({ configuration: true })
    await settle()
    expect(said).toEqual(['reloaded'])
    expect(reports).toEqual(['reloading', 'ready'])
  })

  test('however often during a reload means one more', async () => {
    open().follow(reload)
    for (let i = 0; i < 5; i++) hangUp()
    expect(reloads).toHaveLength(1)
    reloads[0]?.resolve({})
    await settle()
    expect(reloads).toHaveLength(2)
    reloads[1]?.resolve({})
    await settle()
    expect(reloads).toHaveLength(2)
  })

  test('during the start is made up for', () => {
    const hangup = open()
    hangUp()
    expect(reloads).toHaveLength(0)
    hangup.follow(reload)
    expect(reloads).toHaveLength(1)
  })

  test('whose reload fails leaves everything as it was, and works again', async () => {
    open().follow(reload)
    hangUp()
    reloads[0]?.reject(new Error('broken'))
    await settle()
    expect(said).toEqual(['reload failed; what was in use stays in use'])
    expect(reports).toEqual(['reloading', 'ready'])
    hangUp()
    expect(reloads).toHaveLength(2)
  })

  test('while the gateway stops is no reload, nor is one that the stop cut short a failure', async () => {
    const hangup = open()
    hangup.follow(reload)
    hangUp()
    hangUp()
    hangup.endFollowing()
    hangUp()
    reloads[0]?.reject(new Error('closed'))
    await settle()
    expect(reloads).toHaveLength(1)
    expect(said).toEqual(['SIGHUP while the gateway stops: nothing is read again'])
  })

  test('stops a gateway whose terminal has closed', () => {
    const reasons: string[] = []
    open((reason) => void reasons.push(reason)).follow(reload)
    hangUp()
    expect(reasons).toEqual(['SIGHUP'])
    expect(reloads).toHaveLength(0)
  })
})
