// The check of the credentials by its timer: it tells people, also that there is no gateway to ask.
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { itWithSystemd, openSystemdLab, type SystemdLab } from '../support/systemd-lab.ts'
import { until } from '../support/until.ts'
import { type InstalledService, ofMachine, ofUser, serviceIn, startStandIn } from './installed-service.ts'

/** Instead of every half hour. */
const often =
  '[Timer]\nOnBootSec=\nOnCalendar=\nOnActiveSec=100ms\nOnUnitInactiveSec=300ms\nRandomizedDelaySec=0\nAccuracySec=1ms\n'

describe.each([ofUser, ofMachine])('$title', (kind) => {
  let lab: SystemdLab
  let service: InstalledService
  let told = ''
  beforeAll(async () => {
    lab = await openSystemdLab()
    service = serviceIn(lab, kind)
    told = ''
    const ntfy = await startStandIn(lab, 'service/programs/ntfy-stand-in.mjs', '8002')
    ntfy.stdout.on('data', (chunk: Buffer) => (told += chunk.toString()))
    await service.traseai(['gateway', 'install', ...kind.install])
    await service.writeConfiguration({ notify: [{ kind: 'ntfy', url: 'http://127.0.0.1:8002/keys' }] })
  })
  afterAll(() => lab.close())

  /** Resolves when the check has run so many times more. */
  async function untilChecked(times: number): Promise<void> {
    const checks = async (): Promise<number> => {
      const unit = kind.isSystem ? '_SYSTEMD_UNIT' : '_SYSTEMD_USER_UNIT'
      const match = `${unit}=traseai-auth-monitor.service`
      const ids = await lab.get(['journalctl', '--no-pager', '--quiet', '--output=json', match])
      return new Set(ids.match(/"_SYSTEMD_INVOCATION_ID":"\w+"/g)).size
    }
    const before = await checks()
    await until(async () => (await checks()) >= before + times)
  }

  itWithSystemd('is looked after by a timer that starts with the machine', async () => {
    expect(await service.property('UnitFileState', 'traseai-auth-monitor.timer')).toBe('enabled')
    expect(await service.property('NextElapseUSecRealtime', 'traseai-auth-monitor.timer')).not.toBe('')
  })

  itWithSystemd('has people told when the gateway is down, and told once', async () => {
    await service.systemctl('stop', 'traseai.socket', 'traseai.service')
    told = ''
    await service.dropIn('traseai-auth-monitor.timer', often)
    await service.systemctl('restart', 'traseai-auth-monitor.timer')
    await until(() => told.includes('"/keys"'))
    expect(told).toContain('gateway')
    await untilChecked(2)
    expect(told.match(/"path"/g)).toHaveLength(1)
    expect(await service.property('ActiveState', 'traseai-auth-monitor.service')).not.toBe('failed')
  })
})
