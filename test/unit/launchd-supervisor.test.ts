// Whether launchd runs this process, and as what: the label that it hands down, and the home.
import { expect, it } from 'vitest'
import { launchdSystemHome } from '../../src/service/launchd/place.ts'
import { supervisorOf } from '../../src/service/process/supervisor.ts'

const under = (env: Readonly<Record<string, string>>): ReturnType<typeof supervisorOf> => supervisorOf({ env, pid: 7 })

it.each([
  ['/Users/ada/.traseai', 'user'],
  [launchdSystemHome, 'system'],
])('a gateway of launchd with the home %s is a service of the %s', (home, scope) => {
  expect(under({ XPC_SERVICE_NAME: 'ai.traseai.gateway', TRASEAI_HOME: home })).toEqual({
    kind: 'launchd',
    scope,
    unit: 'ai.traseai.gateway',
  })
})

it('a gateway that somebody started in a terminal of a Mac is nobody’s service', () => {
  expect(under({ XPC_SERVICE_NAME: '0' })).toBeNull()
  expect(under({ XPC_SERVICE_NAME: 'application.com.apple.Terminal.1.2' })).toBeNull()
})
