// A service of one user, installed again and again, changed and removed: what is written, and what systemctl is asked.
import { appendFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemdManager } from '../../src/service/systemd/systemd.ts'
import { realHost } from '../../src/host.ts'
import { projectRoot } from '../support/gateway-process.ts'
import { openSystemdWorld } from './systemd-world.ts'

const names = ['traseai-auth-monitor.service', 'traseai-auth-monitor.timer', 'traseai.service', 'traseai.socket']

describe('a service that is installed', () => {
  it('is written for everybody to read, enabled and started', async () => {
    const { manager, plan, units, unitNames, changes, unit } = await openSystemdWorld()
    const { files, commands } = await manager.install(plan)
    expect(files.map(({ change }) => change)).toEqual(['created', 'created', 'created', 'created'])
    expect(unitNames()).toEqual(names)
    expect(statSync(join(units, 'traseai.service')).mode & 0o777).toBe(0o644)
    expect(unit('traseai.service')).toContain(`Environment="TRASEAI_HOME=${plan.home}"`)
    expect(changes().map((call) => `systemctl ${call}`)).toEqual(commands)
    expect(commands).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable traseai.socket traseai.service traseai-auth-monitor.timer',
      'systemctl --user start traseai.socket traseai.service traseai-auth-monitor.timer',
    ])
    expect(await manager.installedHome()).toBe(plan.home)
  })

  it('changes nothing the second time', async () => {
    const { manager, plan, changes } = await openSystemdWorld()
    await manager.install(plan)
    changes()
    const again = await manager.install(plan)
    expect(again.files.every(({ change }) => change === 'unchanged')).toBe(true)
    expect(again.commands).toEqual([])
    expect(changes()).toEqual([])
  })

  it('is restarted when its own unit has changed, with its sockets when theirs has', async () => {
    const { manager, plan, units } = await openSystemdWorld()
    await manager.install(plan)
    appendFileSync(join(units, 'traseai.service'), '# a word of somebody\n')
    expect((await manager.install(plan)).commands).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user restart traseai.service',
    ])
    appendFileSync(join(units, 'traseai.socket'), '# a word of somebody\n')
    expect((await manager.install(plan)).commands).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user restart traseai.socket traseai.service',
    ])
  })

  it('loses its monitor when the next one is without', async () => {
    const { manager, plan, unitNames } = await openSystemdWorld()
    await manager.install(plan)
    const { files, commands } = await manager.install({ ...plan, monitor: false })
    expect(files.map(({ change }) => change)).toEqual(['unchanged', 'unchanged', 'removed', 'removed'])
    expect(commands[0]).toBe('systemctl --user disable --now traseai-auth-monitor.timer traseai-auth-monitor.service')
    expect(unitNames()).toEqual(['traseai.service', 'traseai.socket'])
  })

  it('does not take the place of a unit that somebody else wrote', async () => {
    const { manager, plan, units, unitNames, changes } = await openSystemdWorld()
    mkdirSync(units, { recursive: true })
    writeFileSync(join(units, 'traseai.service'), '[Service]\nExecStart=/opt/mine\n')
    await expect(manager.install(plan)).rejects.toMatchObject({ code: 'already_exists' })
    expect(unitNames()).toEqual(['traseai.service'])
    expect(changes()).toEqual([])
    await manager.uninstall()
    expect(unitNames()).toEqual(['traseai.service'])
  })

  it('says why it does not start', async () => {
    const { manager, plan, becomes } = await openSystemdWorld()
    becomes('fails')
    await expect(manager.install(plan)).rejects.toMatchObject({
      code: 'service_manager',
      message: 'traseai.service did not start: it hung, and was ended by the watchdog',
    })
  })

  it('is not written where systemd cannot be asked', async () => {
    const { manager, plan, becomes, unitNames } = await openSystemdWorld()
    becomes('refuses')
    await expect(manager.install(plan)).rejects.toMatchObject({ code: 'service_manager' })
    expect(unitNames()).toEqual([])
  })

  it('of the machine is for root to install', async () => {
    const host = { ...realHost({ env: { PATH: '/nonexistent' } }), uid: 1_000 }
    const manager = systemdManager(host, { scope: 'system', packageRoot: projectRoot })
    const { plan } = await openSystemdWorld()
    await expect(manager.install({ ...plan, scope: 'system' })).rejects.toMatchObject({
      code: 'permission_denied',
      hint: 'sudo traseai gateway install --system',
    })
  })
})

describe('a service that is uninstalled', () => {
  it('leaves nothing but the home', async () => {
    const { manager, plan, unitNames, changes } = await openSystemdWorld()
    await manager.install(plan)
    changes()
    const { files } = await manager.uninstall()
    expect(files.map(({ change }) => change)).toEqual(['removed', 'removed', 'removed', 'removed'])
    expect(unitNames()).toEqual([])
    expect(changes()).toEqual([
      '--user disable --now traseai.socket traseai.service traseai-auth-monitor.timer traseai-auth-monitor.service',
      '--user daemon-reload',
    ])
    expect(await manager.installedHome()).toBe(null)
    expect((await manager.uninstall()).files).toEqual([])
  })

  it('loses its files even where systemd cannot be asked any more', async () => {
    const { manager, plan, becomes, unitNames } = await openSystemdWorld()
    await manager.install(plan)
    becomes('refuses')
    await manager.uninstall()
    expect(unitNames()).toEqual([])
  })
})
