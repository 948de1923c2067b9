// The gateway under launchd, from install to uninstall, with a stand-in for launchctl: on a Mac it has not been run.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openLaunchctl } from '../../src/service/launchd/launchctl.ts'
import { loadJob } from '../../src/service/launchd/jobs.ts'
import { openMac } from './launchd-world.ts'

const gateway = 'ai.traseai.gateway'
const monitor = 'ai.traseai.auth-monitor'
describe('a service of one user', () => {
  it('is installed, runs, and is gone after uninstall, with nothing asked that launchd calls old', async () => {
    const { manager, plan, plists, changes, calls, home } = await openMac()
    expect(await manager.installedHome()).toBeNull()

    const installed = await manager.install(plan)
    expect(installed.files).toEqual([
      { path: join(plists, `${gateway}.plist`), change: 'created' },
      { path: join(plists, `${monitor}.plist`), change: 'created' },
    ])
    expect(installed.advice).toEqual([])
    expect(await manager.installedHome()).toBe(home)
    expect(await manager.state()).toEqual({
      activity: 'running',
      pid: expect.any(Number) as number,
      enabled: true,
      status: null,
      why: null,
    })

    const before = await manager.state()
    await manager.restart()
    const after = await manager.state()
    expect(after.activity).toBe('running')
    expect(after.pid).not.toBe(before.pid)

    await manager.stop()
    expect(await manager.state()).toMatchObject({ activity: 'stopped', pid: null, enabled: true })
    await manager.start()
    expect((await manager.state()).activity).toBe('running')

    const { files } = await manager.uninstall()
    expect(files.map(({ change }) => change)).toEqual(['removed', 'removed'])
    expect(readdirSync(plists)).toEqual([])
    expect(await manager.installedHome()).toBeNull()
    expect(existsSync(join(home, 'traseai.db'))).toBe(true)

    const target = `gui/501/${gateway}`
    const monitorTarget = `gui/501/${monitor}`
    expect(changes()).toEqual([
      `enable ${monitorTarget}`,
      `bootstrap gui/501 ${join(plists, `${monitor}.plist`)}`,
      `enable ${target}`,
      `bootstrap gui/501 ${join(plists, `${gateway}.plist`)}`,
      `kill SIGTERM ${target}`,
      `kickstart ${target}`,
      `bootout ${target}`,
      `enable ${target}`,
      `bootstrap gui/501 ${join(plists, `${gateway}.plist`)}`,
      `bootout ${target}`,
      `bootout ${monitorTarget}`,
    ])
    expect(calls().filter((call) => /^(load|unload|start|stop|list|remove)\b/.test(call))).toEqual([])
  })

  it('keeps its log itself: standard error gets what comes before the log is open, and nothing of a good start', async () => {
    const { manager, plan, home } = await openMac()
    await manager.install(plan)
    expect(readFileSync(join(home, 'logs/gateway.stderr.log'), 'utf8')).toBe('')
    expect(statSync(join(home, 'logs/gateway.stderr.log')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(home, 'logs/gateway.log'), 'utf8')).toContain('"msg"')
    expect(manager.logCommand({ lines: 10, follow: false })).toBeNull()
  })

  it('says what was asked of launchd as a person would type it', async () => {
    const { manager, plan, plists } = await openMac()
    const { commands } = await manager.install({ ...plan, monitor: false })
    expect(commands).toEqual([
      `launchctl enable gui/501/${gateway}`,
      `launchctl bootstrap gui/501 ${join(plists, `${gateway}.plist`)}`,
    ])
  })

  it('is left alone by a second install that changes nothing', async () => {
    const { manager, plan, changes } = await openMac()
    await manager.install(plan)
    const { pid } = await manager.state()
    const asked = changes().length
    const { files, commands } = await manager.install(plan)
    expect(files.map(({ change }) => change)).toEqual(['unchanged', 'unchanged'])
    expect(commands).toEqual([])
    expect(changes()).toHaveLength(asked)
    expect((await manager.state()).pid).toBe(pid)
  })

  it('is loaded anew when its plist changed, because launchd does not look at the file again', async () => {
    const { manager, plan, changes } = await openMac()
    await manager.install(plan)
    const { pid } = await manager.state()
    const { files } = await manager.install({ ...plan, drainMs: 120_000 })
    expect(files.map(({ change }) => change)).toEqual(['updated', 'unchanged'])
    expect(changes().slice(-3)).toEqual([
      `bootout gui/501/${gateway}`,
      `enable gui/501/${gateway}`,
      expect.stringMatching(/^bootstrap gui\/501 /) as string,
    ])
    expect((await manager.state()).pid).not.toBe(pid)
  })

  it('is started by an install that finds it stopped', async () => {
    const { manager, plan } = await openMac()
    await manager.install(plan)
    await manager.stop()
    await manager.install(plan)
    expect((await manager.state()).activity).toBe('running')
  })

  it('loses the check of the credentials when it is installed without', async () => {
    const { manager, plan, plists, changes } = await openMac()
    await manager.install(plan)
    const { files } = await manager.install({ ...plan, monitor: false })
    expect(files.at(-1)).toEqual({ path: join(plists, `${monitor}.plist`), change: 'removed' })
    expect(changes().at(-1)).toBe(`bootout gui/501/${monitor}`)
    expect(readdirSync(plists)).toEqual([`${gateway}.plist`])
  })

  it('starts although somebody had disabled it, also long ago', async () => {
    const { manager, plan, arrange } = await openMac()
    arrange('disabled', [`gui/501/${gateway}`, `gui/501/${monitor}`])
    await manager.install(plan)
    expect(await manager.state()).toMatchObject({ activity: 'running', enabled: true })
  })

  it.each(['disabled', 'true'])(
    'is known not to start by itself while launchd says it is `%s`',
    async (disabledWord) => {
      const { manager, plan, arrange, launchctl } = await openMac()
      arrange('behaviour', { disabledWord })
      await manager.install(plan)
      await manager.stop()
      await launchctl('disable', `gui/501/${gateway}`)
      expect(await manager.state()).toMatchObject({
        activity: 'stopped',
        enabled: false,
        why: 'somebody disabled it: launchctl disable',
      })
    },
  )

  it('is loaded when launchd is still ending the one before', async () => {
    const { manager, plan, launchctl } = await openMac()
    await manager.install(plan)
    // Asynchronous: it answers at once, and the job ends later.
    await launchctl('bootout', `gui/501/${gateway}`)
    await manager.start()
    expect((await manager.state()).activity).toBe('running')
  })

  it('counts as loaded when it is, whatever bootstrap exits with', async () => {
    const { manager, host, plan, plists, arrange } = await openMac()
    await manager.install({ ...plan, monitor: false })
    const place = { domain: 'gui/501', label: gateway, plist: join(plists, `${gateway}.plist`) }
    for (const [loadedStatus, loadedWords] of [
      [5, 'Input/output error'],
      [17, 'File exists'],
      [37, 'Operation already in progress'],
    ]) {
      arrange('behaviour', { loadedStatus, loadedWords })
      await loadJob(host, openLaunchctl(host), place)
    }
    expect((await manager.state()).activity).toBe('running')
  })

  it('is stopped where launchctl says only that it is under way', async () => {
    const { manager, plan, arrange } = await openMac()
    arrange('behaviour', { bootoutSaysInProgress: true })
    await manager.install(plan)
    await manager.stop()
    expect((await manager.state()).activity).toBe('stopped')
    await manager.stop() // again is fine
  })

  it('keeps its plist when launchd does not let it go', async () => {
    const { manager, plan, plists, arrange } = await openMac()
    await manager.install(plan)
    arrange('behaviour', { bootoutFails: true })
    await expect(manager.uninstall()).rejects.toMatchObject({
      code: 'service_manager',
      message: `launchctl bootout gui/501/${gateway}: Boot-out failed: 1: Operation not permitted`,
    })
    expect(readdirSync(plists)).toContain(`${gateway}.plist`)
  })

  it('does not touch a plist of that name that somebody else wrote', async () => {
    const { manager, plan, plists, launchctl, changes } = await openMac()
    await manager.install({ ...plan, monitor: false })
    await launchctl('bootout', `gui/501/${gateway}`)
    const path = join(plists, `${gateway}.plist`)
    const own = readFileSync(path, 'utf8').replace(/<!--.*-->\n/, '')
    writeFileSync(path, own)
    const asked = changes().length
    await expect(manager.install(plan)).rejects.toMatchObject({ code: 'already_exists' })
    expect((await manager.uninstall()).files).toEqual([])
    expect(readFileSync(path, 'utf8')).toBe(own)
    expect(changes()).toHaveLength(asked)
  })
})
