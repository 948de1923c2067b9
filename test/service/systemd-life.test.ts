// The life of the service under the real systemd: installed, started, watched, restarted and removed, for a user and for the machine.
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { inLab, itWithSystemd, openSystemdLab, type SystemdLab } from '../support/systemd-lab.ts'
import { until } from '../support/until.ts'
import { type InstalledService, ofMachine, ofStaticUser, ofUser, serviceIn } from './installed-service.ts'

const quick = '[Service]\nRestartSec=100ms\n'

describe.each([ofUser, ofMachine])('$title', (kind) => {
  let lab: SystemdLab
  let service: InstalledService
  beforeAll(async () => {
    lab = await openSystemdLab()
    service = serviceIn(lab, kind)
  })
  afterAll(() => lab.close())

  itWithSystemd('is installed, enabled and active only when the gateway answers', async () => {
    const installed = await service.traseai(['gateway', 'install', ...kind.install])
    expect(installed).toMatchObject({ status: 0 })
    expect(await service.property('ActiveState')).toBe('active')
    expect(await service.property('UnitFileState')).toBe('enabled')
    const status = await service.traseai(['--no-start', '--json', 'gateway', 'status'])
    expect(JSON.parse(status.stdout)).toMatchObject({ pid: Number(await service.mainPid()), home: kind.home })
  })

  itWithSystemd('runs as whom it should', async () => {
    const account = await lab.get(['ps', '-o', 'user=', '-p', await service.mainPid()])
    expect(account).toBe(
      { [ofUser.title]: 'dora', [ofMachine.title]: 'traseai', [ofStaticUser.title]: 'keeper' }[kind.title],
    )
  })

  itWithSystemd('shows live figures as its status', async () => {
    await service.traseai(['env', 'set', 'ANTHROPIC_API_KEY'], { input: 'sk-ant-test-abcdefghijklmnopqrstuv-1234\n' })
    await service.untilProperty('StatusText', /^1 provider, 1 credential/)
  })

  itWithSystemd('logs to the journal with priorities', async () => {
    const entries = await service.journal()
    const ready = entries.find(({ MESSAGE }) => MESSAGE.startsWith('the gateway is ready'))
    expect(ready).toMatchObject({ PRIORITY: '6', SYSLOG_IDENTIFIER: 'traseai' })
    await service.writeConfiguration('{ "gateway": ')
    await until(async () => (await service.journal()).some(({ PRIORITY }) => PRIORITY === '4'))
    expect((await service.traseai(['gateway', 'logs'])).stdout).toContain('the gateway is ready')
  })

  itWithSystemd('fails a reload of broken settings, with the reason in the journal, and goes on', async () => {
    const pid = await service.mainPid()
    await expect(service.systemctl('reload', 'traseai.service')).rejects.toThrow('failed')
    expect((await service.journal()).some(({ MESSAGE }) => MESSAGE.includes('traseai.json:1: broken syntax'))).toBe(
      true,
    )
    expect(await service.property('ActiveState')).toBe('active')
    expect(await service.mainPid()).toBe(pid)
  })

  itWithSystemd('takes up changed settings at a reload, and at the signal HUP', async () => {
    await service.writeConfiguration({ agents: { default: 'second' } })
    await service.systemctl('reload', 'traseai.service')
    expect(JSON.parse((await service.traseai(['--json', 'models', 'status'])).stdout)).toMatchObject({
      agent: 'second',
    })
    await service.systemctl('kill', '--signal=HUP', '--kill-who=main', 'traseai.service')
    await until(async () => (await service.journal()).some(({ MESSAGE }) => MESSAGE.startsWith('reloaded')))
    expect(await service.property('ActiveState')).toBe('active')
  })

  itWithSystemd('is there again after kill -9, and has forgotten nothing', async () => {
    await service.dropIn('traseai.service', quick)
    const pid = await service.mainPid()
    await lab.get(['kill', '-9', pid])
    await service.untilProperty('NRestarts', '1')
    await service.untilProperty('SubState', 'running')
    expect(await service.mainPid()).not.toBe(pid)
    expect((await service.traseai(['--no-start', 'models', 'status'])).stdout).toContain('ANTHROPIC_API_KEY')
  })

  itWithSystemd('is restarted by the watchdog when it hangs', async () => {
    await service.dropIn('traseai.service', `${quick}WatchdogSec=1\n`)
    await service.traseai(['gateway', 'restart'])
    await lab.get(['kill', '-STOP', await service.mainPid()])
    await until(async () => Number(await service.property('NRestarts')) > 0)
    await service.untilProperty('SubState', 'running')
    expect((await service.traseai(['--no-start', 'gateway', 'status'])).status).toBe(0)
    const log = await lab.get(['journalctl', '--no-pager', '--output=cat', '--grep=Watchdog timeout'])
    expect(log).toContain('traseai.service: Watchdog timeout')
  })

  const running = (program: string): string => `[Service]\nExecStart=\nExecStart=${program}\n`

  itWithSystemd('whose Node is gone fails once and not for ever, and a command says how to mend it', async () => {
    await service.dropIn('traseai.service', running('/opt/gone/node'))
    await service.systemctl('kill', '--signal=KILL', 'traseai.service')
    await service.untilProperty('ActiveState', 'failed')
    const asked = await service.traseai(['models', 'status'])
    expect(asked.status).toBe(69)
    expect(asked.stderr).toContain('its Node is gone or cannot be run (traseai gateway install mends it)')
    expect(await service.property('ExecMainStatus')).toBe('203')
  })

  itWithSystemd('that ends again and again keeps no command waiting', async () => {
    await service.dropIn('traseai.service', running('/bin/false'))
    await service.traseai(['gateway', 'start'])
    await service.untilProperty('NRestarts', /[1-9]/)
    const asked = await service.traseai(['--no-start', 'models', 'status', '--check'])
    expect(asked.status).toBe(69)
    expect(asked.stderr).toContain('traseai.service (systemd) has failed: it ended with exit status 1')
    await service.dropIn('traseai.service', quick)
    expect(await service.traseai(['gateway', 'start'])).toMatchObject({ status: 0 })
  })

  itWithSystemd('whose port another program has taken says which program', async () => {
    await service.traseai(['gateway', 'stop'])
    const listen = "require('net').createServer().listen(7717, '127.0.0.1', () => console.log('up'))"
    const other = lab.start([inLab.node, '-e', `${listen}; process.stdin.resume().on('end', () => process.exit())`])
    await once(other.stdout, 'data')
    const refused = await service.traseai(['gateway', 'start'])
    expect(refused.status).toBe(71)
    const who = kind.isSystem ? String.raw`node \(pid \d+\)` : 'a program of uid 0'
    expect(refused.stderr).toMatch(new RegExp(`127\\.0\\.0\\.1:7717 is in use by ${who}`))
    other.stdin.end()
    await once(other, 'close')
    expect(await service.traseai(['gateway', 'start'])).toMatchObject({ status: 0 })
  })

  itWithSystemd('comes up by itself with the machine', async () => {
    await lab.reboot()
    await service.untilProperty('SubState', 'running')
    expect((await service.traseai(['--no-start', 'models', 'status'])).stdout).toContain('ANTHROPIC_API_KEY')
  })

  itWithSystemd('stays down with broken settings, and says why', async () => {
    await service.writeConfiguration('{ "gateway": ')
    await expect(service.systemctl('restart', 'traseai.service')).rejects.toThrow('failed')
    expect(await service.property('ActiveState')).toBe('failed')
    expect(await service.property('ExecMainStatus')).toBe('78')
    expect(await service.property('NRestarts')).toBe('0')
  })

  itWithSystemd(
    'is not started over and over by callers who wait for it, and comes back when it is mended',
    async () => {
      const starts = async (): Promise<number> =>
        (await service.journal()).filter(({ MESSAGE }) => MESSAGE.startsWith('hint: mend')).length
      const before = await starts()
      const caller = connect(lab.outside(`${kind.home}/control.sock`)).on('error', () => {})
      await new Promise((resolve) => caller.once('close', resolve))
      await service.untilProperty('ActiveState', 'failed')
      // As many as the unit allows within five seconds.
      expect((await starts()) - before).toBeLessThanOrEqual(6)
      expect((await service.traseai(['gateway', 'status'])).stderr).toContain('traseai.json:1: broken syntax')
      await service.writeConfiguration('{}')
      expect(await service.traseai(['gateway', 'start'])).toMatchObject({ status: 0 })
    },
  )

  itWithSystemd('is updated in place by another install, which otherwise changes nothing', async () => {
    const pid = await service.mainPid()
    expect((await service.traseai(['gateway', 'install', ...kind.install])).stdout).not.toContain('created')
    expect(await service.mainPid()).toBe(pid)
  })

  itWithSystemd('leaves nothing but the home when it is uninstalled', async () => {
    expect(await service.traseai(['gateway', 'uninstall', ...kind.install.slice(0, 1)])).toMatchObject({ status: 0 })
    expect(await service.systemctl('list-units', '--all', '--no-legend', 'traseai*')).toBe('')
    const places = ['/etc', '/run', '/var/lib/systemd', '/home/dora/.config', '/home/dora/.local']
    const { stdout } = await lab.run(['find', ...places, '-name', '*traseai*', '-not', '-path', '/run/log/*'])
    expect(stdout).toBe('')
    expect(await readFile(lab.outside(`${kind.home}/.env`), 'utf8')).toContain('ANTHROPIC_API_KEY')
  })
})

describe(ofStaticUser.title, () => {
  let lab: SystemdLab
  let service: InstalledService
  beforeAll(async () => {
    lab = await openSystemdLab()
    service = serviceIn(lab, ofStaticUser)
    await lab.get(['useradd', '--system', '--home-dir', '/var/lib/traseai', ofStaticUser.account])
    await service.traseai(['gateway', 'install', ...ofStaticUser.install])
  })
  afterAll(() => lab.close())

  itWithSystemd('runs as that user, in a home that is theirs', async () => {
    expect(await lab.get(['ps', '-o', 'user=', '-p', await service.mainPid()])).toBe('keeper')
    expect(await lab.get(['stat', '--format=%U %a', '/var/lib/traseai'])).toBe('keeper 700')
  })

  itWithSystemd('can be asked by that user as well as by root', async () => {
    const asked = ['setpriv', '--reuid=keeper', '--regid=keeper', '--clear-groups', inLab.node, inLab.program] as const
    const status = ['--home', '/var/lib/traseai', '--json', 'models', 'status'] as const
    expect(await lab.get([...asked, ...status])).toContain('"providers"')
    expect((await service.traseai(status.slice(2))).status).toBe(0)
  })

  itWithSystemd('comes up by itself with the machine, and goes with an uninstall', async () => {
    await lab.reboot()
    await service.untilProperty('SubState', 'running')
    expect(await service.traseai(['gateway', 'uninstall', '--system'])).toMatchObject({ status: 0 })
    expect(await lab.get(['find', '/etc/systemd', '/run', '-name', '*traseai*', '-not', '-path', '/run/log/*'])).toBe(
      '',
    )
  })
})
