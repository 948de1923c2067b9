// Restarts behind sockets that systemd holds: nobody who calls meanwhile is refused.
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, vi } from 'vitest'
import { inLab, itWithSystemd, openSystemdLab, type SystemdLab } from '../support/systemd-lab.ts'
import { until } from '../support/until.ts'
import { type InstalledService, ofMachine, ofUser, serviceIn, startStandIn } from './installed-service.ts'

// Twenty times a gateway ends and another one starts, on a machine that is busy.
vi.setConfig({ testTimeout: 120_000 })

const restarts = 20
/** So many are answered by each gateway at least before the next one takes over. */
const answersBetween = 60

describe.each([ofUser, ofMachine])('$title', (kind) => {
  let lab: SystemdLab
  let service: InstalledService
  let token: string
  beforeAll(async () => {
    lab = await openSystemdLab()
    service = serviceIn(lab, kind)
    await startStandIn(lab, 'service/programs/provider-stand-in.mjs', '8001')
    await service.traseai(['gateway', 'install', ...kind.install])
    await service.writeConfiguration({ models: { providers: { openai: { baseUrl: 'http://127.0.0.1:8001' } } } })
    await service.systemctl('reload', 'traseai.service')
    await service.traseai(['env', 'set', 'OPENAI_API_KEY'], { input: 'sk-test-abcdefghijklmnopqrstuv-1234\n' })
    token = (await service.traseai(['clients', 'issue', 'callers'])).stdout.trim()
  })
  afterAll(() => lab.close())

  itWithSystemd('answers every call during 20 restarts', async () => {
    const args = [`${kind.home}/control.sock`, 'http://127.0.0.1:7717', token]
    const callers = lab.start(
      [inLab.node, `${inLab.project}/test/service/programs/callers.mjs`, ...args],
      kind.as === undefined ? {} : { as: kind.as },
    )
    let said = ''
    callers.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const ended = once(callers, 'close')
    for (let i = 0; i < restarts; i++) {
      await service.systemctl('reset-failed')
      await service.systemctl('restart', 'traseai.service')
      const before = said.length
      await until(() => said.length >= before + answersBetween)
    }
    callers.stdin.end()
    await ended
    const { answered, refused } = JSON.parse(said.slice(said.indexOf('\n'))) as {
      answered: { control: number; http: number }
      refused: string[]
    }
    expect(refused).toEqual([])
    expect(answered.control + answered.http).toBeGreaterThan(1_000)
  })

  itWithSystemd('is started by the first call', async () => {
    await service.systemctl('stop', 'traseai.service')
    expect(await service.property('ActiveState')).toBe('inactive')
    expect((await service.traseai(['models', 'status'])).stdout).toContain('OPENAI_API_KEY')
    expect(await service.property('ActiveState')).toBe('active')
  })
})
