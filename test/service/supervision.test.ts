// What a service manager says in the environment, and to whom.
import { describe, expect, test } from 'vitest'
import { readSupervision } from '../../src/service/process/supervision.ts'

const read = (env: Record<string, string>, platform: NodeJS.Platform = 'linux') => readSupervision(env, 42, platform)

describe('the environment of a service', () => {
  test('says where to report, how often to show life, and which sockets there are', () => {
    const told = { NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' }
    expect(read({ ...told, LISTEN_PID: '42', LISTEN_FDS: '2' })).toMatchObject({
      notifySocket: '/run/notify',
      watchdogMs: 30_000,
      descriptors: [3, 4],
    })
  })

  test('is not handed on to the programs that the gateway starts', () => {
    const own = {
      NOTIFY_SOCKET: '/run/notify',
      WATCHDOG_USEC: '1',
      WATCHDOG_PID: '42',
      LISTEN_PID: '42',
      LISTEN_FDS: '1',
      LISTEN_FDNAMES: 'traseai.socket',
    }
    expect(read({ ...own, PATH: '/bin' }).env).toEqual({ PATH: '/bin' })
  })

  test('says nothing to a child of the process that it was meant for', () => {
    expect(read({ WATCHDOG_USEC: '1000', WATCHDOG_PID: '41' }).watchdogMs).toBeNull()
    expect(read({ LISTEN_FDS: '2', LISTEN_PID: '41' }).descriptors).toEqual([])
    expect(read({ LISTEN_FDS: '2' }).descriptors).toEqual([])
  })

  test.each(['', '0', '-1', 'soon', '1e9', '99999999999999999999'])('WATCHDOG_USEC=%s means no watchdog', (usec) => {
    expect(read({ WATCHDOG_USEC: usec }).watchdogMs).toBeNull()
  })

  test('names sockets within limits', () => {
    expect(read({ LISTEN_PID: '42', LISTEN_FDS: '999999' }).descriptors).toHaveLength(64)
  })

  test('means nothing where there is no systemd', () => {
    const found = read({ NOTIFY_SOCKET: '/run/notify', LISTEN_PID: '42', LISTEN_FDS: '2' }, 'darwin')
    expect(found).toMatchObject({ notifySocket: null, descriptors: [] })
  })
})
