// The gateway under launchd when it cannot start, when nobody is at the screen, and as a service of the machine; with a stand-in launchctl.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { skipUnless } from '../support/skip-unless.ts'
import { openMac } from './launchd-world.ts'

/** The logs are given to the user of the service. */
const itAsRoot = skipUnless(process.getuid?.() === 0, 'root')

const gateway = 'ai.traseai.gateway'
describe('a gateway that cannot start', () => {
  it('is told in its own words, and launchd goes on trying until it can', async () => {
    const { manager, plan, home, arrange } = await openMac()
    arrange('behaviour', { throttleMs: 1_500 })
    const configuration = join(home, 'traseai.json')
    const good = readFileSync(configuration, 'utf8')
    writeFileSync(configuration, '{ "gatway": {} }')
    await expect(manager.install(plan)).rejects.toMatchObject({
      code: 'service_manager',
      message: expect.stringMatching(
        /^the gateway ended before it was ready, with exit code 78 \(EX_CONFIG\): .*traseai\.json.*gatway/,
      ) as string,
    })
    expect(await manager.state()).toMatchObject({
      activity: expect.stringMatching(/failed|starting/) as string,
      enabled: true,
    })
    writeFileSync(configuration, good)
    await manager.start()
    expect((await manager.state()).activity).toBe('running')
  })

  it('is failed, with the reason, while launchd waits to start it again', async () => {
    const { manager, plan, home } = await openMac()
    writeFileSync(join(home, 'traseai.json'), '{')
    await expect(manager.install(plan)).rejects.toThrow('EX_CONFIG')
    expect(await manager.state()).toMatchObject({
      activity: 'failed',
      pid: null,
      why: 'it ended with exit code 78 (EX_CONFIG), and is started again soon',
    })
    await manager.stop()
    expect((await manager.state()).activity).toBe('stopped')
  })

  it('is started again after a crash, and not after a stop', async () => {
    const { manager, plan, arrange } = await openMac()
    arrange('behaviour', { throttleMs: 0 })
    await manager.install(plan)
    const { pid } = await manager.state()
    process.kill(pid ?? -1, 'SIGKILL')
    await expect.poll(async () => (await manager.state()).activity, { timeout: 20_000 }).toBe('running')
    expect((await manager.state()).pid).not.toBe(pid)
    await manager.stop()
    expect((await manager.state()).activity).toBe('stopped')
  })
})

describe('a Mac whose screen nobody is logged in at', () => {
  it('runs it in the session of ssh, and says what that means', async () => {
    const { manager, plan, arrange, changes, plists } = await openMac()
    arrange('domains', ['user/501', 'system'])
    const { advice } = await manager.install(plan)
    expect(advice).toEqual([expect.stringContaining('sudo traseai gateway install --system --run-as USER') as string])
    expect(changes()).toContain(`bootstrap user/501 ${join(plists, `${gateway}.plist`)}`)
    expect((await manager.state()).activity).toBe('running')
    await manager.restart()
    await manager.uninstall()
    expect(readdirSync(plists)).toEqual([])
  })

  it('moves it to the session at the screen when it is installed from there', async () => {
    const { manager, plan, arrange, changes } = await openMac()
    arrange('domains', ['user/501', 'system'])
    await manager.install(plan)
    arrange('domains', ['gui/501', 'user/501', 'system'])
    const { files, advice } = await manager.install(plan)
    expect(files.map(({ change }) => change)).toEqual(['updated', 'updated'])
    expect(advice).toEqual([])
    expect(changes()).toContain(`bootout user/501/${gateway}`)
    expect(changes().at(-1)).toMatch(/^bootstrap gui\/501 /)
  })

  it('says what is missing when the one that is installed belongs to the session at the screen', async () => {
    const { manager, plan, arrange } = await openMac()
    await manager.install(plan)
    await manager.stop()
    arrange('domains', ['user/501', 'system'])
    expect((await manager.state()).why).toBe("its user is not logged in at this Mac's screen")
    await expect(manager.start()).rejects.toMatchObject({
      code: 'service_manager',
      message: expect.stringContaining('125: Domain does not support specified action') as string,
      hint: expect.stringContaining("log in at this Mac's screen") as string,
    })
    arrange('domains', ['gui/501', 'user/501', 'system'])
  })
})

describe('a service of the machine', () => {
  itAsRoot('runs in the system domain as the user that was said', async () => {
    const { manager, plan, changes, plists } = await openMac({ scope: 'system' })
    await manager.install(plan)
    expect(changes()).toContain(`bootstrap system ${join(plists, `${gateway}.plist`)}`)
    expect((await manager.state()).activity).toBe('running')
    await manager.uninstall()
    expect(readdirSync(plists)).toEqual([])
  })

  it('needs to know whom it runs as: launchd makes no users', async () => {
    const { manager, plan, changes } = await openMac({ scope: 'system' })
    await expect(manager.install({ ...plan, runAs: null })).rejects.toMatchObject({ code: 'usage' })
    await expect(manager.install({ ...plan, runAs: 'nobody-of-that-name' })).rejects.toMatchObject({
      code: 'not_found',
    })
    expect(changes()).toEqual([])
  })

  it('is for root alone to change, and for everybody to look at', async () => {
    const { manager, plan } = await openMac({ scope: 'system', uid: 501 })
    await expect(manager.install(plan)).rejects.toMatchObject({
      code: 'permission_denied',
      hint: 'sudo traseai gateway install --system --run-as USER',
    })
    await expect(manager.stop()).rejects.toMatchObject({ code: 'permission_denied', hint: 'sudo traseai gateway stop' })
    expect((await manager.state()).why).toBe('it is not installed')
  })
})

it('root has no service of its own: it has no session', async () => {
  const { manager, plan } = await openMac({ uid: 0 })
  await expect(manager.install(plan)).rejects.toMatchObject({ code: 'usage' })
})
