// The gateway's commands as typed on a Mac: the program is told that it runs on one, and launchctl is the stand-in.
import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { runCli, type Outcome } from '../cli/run-cli.ts'
import { openMac } from './launchd-world.ts'

it('the gateway is installed, found, started, stopped and uninstalled again by what one types', async () => {
  const here = await openMac()
  const run = (...args: readonly string[]): Promise<Outcome> => runCli(here.home, args, { env: here.env })
  const installed = await run('--json', 'gateway', 'install')
  expect(installed).toMatchObject({ status: 0, stderr: '' })
  expect(JSON.parse(installed.stdout)).toMatchObject({
    kind: 'launchd',
    scope: 'user',
    unit: 'ai.traseai.gateway',
    home: here.home,
    advice: [],
  })
  expect((await run('gateway', 'status')).status).toBe(0)
  const again = await run('gateway', 'install')
  expect(again).toMatchObject({ stderr: '' })
  expect(again.stdout).toMatch(/^unchanged .*\nunchanged .*\nai\.traseai\.gateway runs \(pid \d+\): http:/)
  expect(await run('gateway', 'restart')).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^gateway started/) as string,
  })
  expect((await run('gateway', 'stop')).status).toBe(0)
  expect(await run('gateway', 'status')).toMatchObject({ status: 69 })
  expect(await run('gateway', 'start')).toMatchObject({
    status: 0,
    stderr: 'starting the gateway by launchd (ai.traseai.gateway)\n',
  })
  const removed = await run('gateway', 'uninstall')
  expect(removed).toMatchObject({ status: 0, stdout: expect.stringContaining('the home stays as it is') as string })
  expect(readdirSync(here.plists)).toEqual([])
  expect((await run('--no-start', 'gateway', 'status')).status).toBe(69)
})

it('a home that is served already is known to every command', async () => {
  const here = await openMac()
  const run = (home: string, ...args: readonly string[]): Promise<Outcome> =>
    runCli(here.home, ['--home', home, ...args], { env: here.env })
  await run(here.home, 'gateway', 'install', '--no-monitor')
  const other = await run(`${here.home}/other`, 'gateway', 'install')
  expect(other).toMatchObject({
    status: 73,
    stderr: expect.stringContaining(`serves another home: ${here.home}`) as string,
  })
})
