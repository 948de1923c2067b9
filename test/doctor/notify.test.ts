// The doctor on the channels over which people are told.
import { describe, expect, it, onTestFinished } from 'vitest'
import { startGateway } from '../support/gateway-process.ts'
import { openNoticeServer } from '../support/notice-server.ts'
import { until } from '../support/until.ts'
import { examinedHome, well } from './examined-home.ts'

describe('the channels of notify', () => {
  it('are in order when their token files and programs are there', async () => {
    const home = examinedHome()
    home.write('token', 'tk_test\n')
    home.write('tell', '#!/bin/sh\n', 0o700)
    const notify = [
      { kind: 'ntfy', url: 'https://ntfy.test/x', tokenFile: 'token' },
      { kind: 'exec', command: [home.path('tell')] },
      { kind: 'exec', command: ['sh'] },
    ]
    home.write('traseai.json', JSON.stringify({ notify }))
    expect(await home.ask('channels', { env: { PATH: '/bin' } })).toEqual(well('channels'))
  })

  it('are told by their names when something is missing, and no address with them', async () => {
    const home = examinedHome()
    const notify = [
      { kind: 'ntfy', name: 'phone', url: 'https://ntfy.test/secret', tokenFile: 'nowhere' },
      { kind: 'exec', command: ['no-such-program'] },
      { kind: 'desktop' },
    ]
    home.write('traseai.json', JSON.stringify({ notify }))
    const found = await home.ask('channels')
    expect(found.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
      'warning the channel phone of notify cannot tell anybody: its tokenFile is not there',
      'warning the channel exec of notify cannot tell anybody: the program no-such-program is not there, or may not be run',
      'warning the channel desktop of notify cannot tell anybody: the program notify-send is not there, or may not be run',
    ])
  })

  it('that did not take the last notice are told with the reason', async () => {
    const server = await openNoticeServer()
    server.answerWith(401)
    const notify = [{ kind: 'ntfy', url: `${server.url}/secret` }]
    const gateway = await startGateway({ configuration: { notify } })
    onTestFinished(async () => {
      await gateway.stop()
      await server.close()
    })
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const secret = 'acme-test-0123456789abcdef'
    await gateway.client.call('credentials.add', {
      profileId: 'groq:work',
      provider: 'groq',
      kind: 'token',
      secret,
      expiresAt,
    })
    await until(async () => (await gateway.client.call('notify.list', {})).channels[0]?.trouble !== null)
    const found = (await gateway.client.call('doctor.run', {})).filter(({ code }) => code === 'notices')
    expect(found).toEqual([
      {
        code: 'notices',
        severity: 'warning',
        message:
          'the channel ntfy of notify did not take the last notice: it answered HTTP 401: it wants a token, or another one',
        hint: 'traseai notify list, and once it is mended: traseai notify test',
      },
    ])
  })
})
