// The gateway as a service, from the command line: systemctl is a stand-in that runs what it is told to.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { freshHome } from '../support/gateway-process.ts'
import { skipUnless } from '../support/skip-unless.ts'
import { openSystemdWorld } from '../service/systemd-world.ts'
import { runCli } from './run-cli.ts'

const itOnLinux = skipUnless(process.platform === 'linux', 'Linux')
const installed = expect.stringMatching(/^traseai\.service runs \(pid \d+\): http:/m) as string

describe('gateway install', () => {
  itOnLinux('takes a gateway in the background over, and says so', async () => {
    const { run } = await openSystemdWorld('runs')
    await run('gateway', 'start')
    const { status, stdout, stderr } = await run('gateway', 'install')
    expect({ status, stdout }).toEqual({ status: 0, stdout: installed })
    expect(stderr).toMatch(/^stopping the gateway that runs for this home \(pid \d+\): the service takes over$/m)
    expect((await run('gateway', 'install', '--json')).stdout).toContain('"tookOver": null')
  })

  itOnLinux('with --json says in one object what it did', async () => {
    const { run, home } = await openSystemdWorld('runs')
    const { stdout } = await run('gateway', 'install', '--no-monitor', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'systemd',
      scope: 'user',
      unit: 'traseai.service',
      home,
      tookOver: null,
      files: [{ change: 'created' }, { change: 'created' }],
    })
  })

  itOnLinux('does not take a service away from another home', async () => {
    const { run, env } = await openSystemdWorld('runs')
    await run('gateway', 'install')
    const other = await freshHome()
    const refused = await runCli(other, ['gateway', 'install'], { env: { ...env, TRASEAI_HOME: other } })
    expect(refused).toMatchObject({ status: 73, stdout: '' })
    expect(refused.stderr).toMatch(/serves another home.*\nhint: .*gateway uninstall/)
  })

  itOnLinux('writes nothing with a traseai.json that no gateway starts with', async () => {
    const { run, home, unitNames } = await openSystemdWorld('runs')
    writeFileSync(join(home, 'traseai.json'), '{ "gatway": {} }')
    expect(await run('gateway', 'install')).toMatchObject({ status: 78, stdout: '' })
    expect(unitNames()).toEqual([])
  })

  itOnLinux('refuses --run-as without --system', async () => {
    const { run, unitNames } = await openSystemdWorld('runs')
    expect(await run('gateway', 'install', '--run-as', 'daemon')).toMatchObject({ status: 64 })
    expect(unitNames()).toEqual([])
  })
})

describe('a home with a service', () => {
  itOnLinux('has its gateway started by the service manager when a command needs it', async () => {
    const { run, changes } = await openSystemdWorld('runs')
    await run('gateway', 'install')
    expect((await run('gateway', 'stop')).stdout).toMatch(/^gateway stopped \(pid \d+\)\n$/)
    changes()
    const { status, stderr } = await run('env', 'list')
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringContaining('starting the gateway by systemd (traseai.service)\n') as string,
    })
    expect(changes()).toEqual(['--user start traseai.socket traseai.service'])
    expect((await run('gateway', 'start')).stdout).toMatch(/^gateway already runs/)
  })

  itOnLinux('tells its state, and what stopped it', async () => {
    const { run, becomes } = await openSystemdWorld('runs')
    await run('gateway', 'install')
    expect((await run('gateway', 'status')).stdout).toMatch(/^run by +systemd .*starts by itself$/m)
    const { service } = JSON.parse((await run('gateway', 'status', '--json')).stdout) as { service: object }
    expect(service).toMatchObject({
      name: 'traseai.service',
      activity: 'running',
      enabled: true,
      status: '3 providers',
    })
    await run('gateway', 'stop')
    expect(await run('gateway', 'status')).toMatchObject({
      status: 69,
      stderr: expect.stringMatching(/^traseai: traseai\.service \(systemd\) is stopped$/m) as string,
    })
    becomes('fails')
    const failed = 'traseai.service (systemd) has failed: it hung, and was ended by the watchdog'
    expect((await run('gateway', 'status')).stderr).toContain(failed)
    expect(await run('env', 'list')).toMatchObject({
      status: 71,
      stderr: expect.stringContaining('traseai.service did not start: it hung') as string,
    })
  })

  itOnLinux('has its gateway restarted there, and not beside it', async () => {
    const { run, changes, home } = await openSystemdWorld('runs')
    await run('gateway', 'install')
    const before = readFileSync(join(home, 'gateway.lock'), 'utf8')
    changes()
    expect((await run('gateway', 'restart')).stdout).toMatch(/^gateway started \(pid \d+\)/)
    expect(changes()).toEqual(['--user restart traseai.service'])
    expect(readFileSync(join(home, 'gateway.lock'), 'utf8')).not.toBe(before)
  })

  itOnLinux('is an ordinary one again after gateway uninstall', async () => {
    const { run, unitNames } = await openSystemdWorld('runs')
    await run('gateway', 'install')
    expect((await run('gateway', 'uninstall')).stdout).toMatch(/^the home stays as it is: /m)
    expect(unitNames()).toEqual([])
    expect((await run('gateway', 'uninstall')).stdout).toBe('no service is installed for this user\n')
    expect((await run('gateway', 'start')).stderr).toMatch(/^starting the gateway in the background/)
  })
})
