// Who runs a gateway, as far as the gateway can tell.
import { describe, expect, test } from 'vitest'
import { supervisorOf, unitOfGroup } from '../../src/service/process/supervisor.ts'

describe('a gateway', () => {
  test('that a person or another program starts has nobody over it', () => {
    expect(supervisorOf({ env: {}, pid: 42 })).toBeNull()
  })

  test('that a service starts is no service itself', () => {
    expect(supervisorOf({ env: { SYSTEMD_EXEC_PID: '41', INVOCATION_ID: 'a1' }, pid: 42 })).toBeNull()
    expect(supervisorOf({ env: { XPC_SERVICE_NAME: '0' }, pid: 42 })).toBeNull()
  })

  test('that systemd starts knows it', () => {
    expect(supervisorOf({ env: { SYSTEMD_EXEC_PID: '42' }, pid: 42 })).toMatchObject({ kind: 'systemd' })
  })

  test('that launchd starts knows it', () => {
    const env = { XPC_SERVICE_NAME: 'ai.traseai.gateway' }
    expect(supervisorOf({ env, pid: 42 })).toEqual({ kind: 'launchd', scope: 'user', unit: 'ai.traseai.gateway' })
  })
})

describe('the control group names the unit', () => {
  test.each([
    ['0::/system.slice/traseai.service', 'system', 'traseai.service'],
    ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/traseai.service', 'user', 'traseai.service'],
    ['0::/user.slice/user-0.slice/user@0.service/traseai.service/inner', 'user', 'traseai.service'],
    ['0::/system.slice/system-traseai.slice/traseai@a\\x2db.service', 'system', 'traseai@a\\x2db.service'],
    ['12:pids:/a\n1:name=systemd:/system.slice/traseai.service\n0::/', 'system', 'traseai.service'],
    ['0::/user.slice/user-1000.slice/session-3.scope', 'system', null],
    ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope', 'user', null],
    ['0::/', 'system', null],
    ['', 'system', null],
  ])('%j', (groups, scope, unit) => {
    expect(unitOfGroup(`${groups}\n`)).toEqual({ scope, unit })
  })
})
