// The gateway's life from the command line: started on demand, stopped, restarted.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshHome } from '../support/gateway-process.ts'
import { until } from '../support/until.ts'
import { runCli } from './run-cli.ts'

let home: string
const run = (...args: string[]) => runCli(home, args)

beforeEach(async () => {
  home = await freshHome()
})
afterEach(() => run('gateway', 'stop'))

interface Status {
  readonly pid: number
}
const pid = async (): Promise<number> => (JSON.parse((await run('gateway', 'status', '--json')).stdout) as Status).pid

describe('a command that needs the gateway', () => {
  it('starts it in the background, says so on stderr, and finds it the next time', async () => {
    const first = await run('env', 'list', '--json')
    expect(first.status).toBe(0)
    const { note } = JSON.parse(first.stderr.split('\n')[0] ?? '') as { note: string }
    expect(note).toBe(`starting the gateway in the background (pid ${await pid()})`)
    expect(JSON.parse(first.stdout)).toMatchObject({ variables: [] })
    expect((await run('env', 'list', '--json')).stderr).not.toContain('starting')
  })

  it('passes on why the gateway cannot start, with its exit status', async () => {
    writeFileSync(join(home, 'traseai.db'), 'this is no database, and it is long enough to look like one'.repeat(100))
    const { status, stdout, stderr } = await run('models', 'status')
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' })
    expect(stderr).toContain('traseai.db')
    expect(stderr).toContain('hint: ')
  })
})

describe('gateway run', () => {
  it('with --json writes its log as lines of JSON', async () => {
    const running = run('gateway', 'run', '--json')
    await until(async () => (await run('gateway', 'status')).status === 0)
    await run('gateway', 'stop')
    const lines = (await running).stderr.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toContainEqual(
      expect.objectContaining({ level: 'info', msg: 'the gateway is ready' }),
    )
  })
})

describe('gateway start, stop and restart', () => {
  it('start once, and say who runs already', async () => {
    expect((await run('gateway', 'start')).stdout).toMatch(/^gateway started \(pid \d+\): http:\/\/127\.0\.0\.1:\d+\n$/)
    expect((await run('gateway', 'start')).stdout).toContain(`gateway already runs (pid ${await pid()})`)
  })

  it('wait until it has ended, and are content when none runs', async () => {
    await run('gateway', 'start')
    const running = await pid()
    expect((await run('gateway', 'stop')).stdout).toBe(`gateway stopped (pid ${running})\n`)
    expect(await run('gateway', 'status')).toMatchObject({ status: 69 })
    expect(await run('gateway', 'stop')).toMatchObject({ status: 0 })
  })

  it('replace it with a new one', async () => {
    await run('gateway', 'start')
    const before = await pid()
    expect(await run('gateway', 'restart')).toMatchObject({ status: 0 })
    expect(await pid()).not.toBe(before)
  })

  it('follow --home', async () => {
    const other = await freshHome()
    expect((await runCli(home, ['gateway', 'start', '--home', other])).status).toBe(0)
    expect((await run('gateway', 'status', '--home', other, '--json')).stdout).toContain(other)
    expect((await run('gateway', 'status')).status).toBe(69)
    expect((await run('gateway', 'stop', '--home', other)).status).toBe(0)
  })
})

describe('gateway status, reload and logs', () => {
  it('do not give up a gateway that runs for a traseai.json that none can start with', async () => {
    await run('gateway', 'start')
    const before = await pid()
    writeFileSync(join(home, 'traseai.json'), '{\n  "gatway": {}\n}')
    const { status, stderr } = await run('gateway', 'restart')
    expect(status).toBe(78)
    expect(stderr).toContain('did you mean gateway?')
    expect(await pid()).toBe(before)
  })

  it('tell what is wrong with the settings, and where', async () => {
    await run('gateway', 'start')
    writeFileSync(join(home, 'traseai.json'), '{\n  "gatway": {}\n}')
    const reloaded = await run('gateway', 'reload')
    expect(reloaded).toMatchObject({ status: 78, stdout: 'nothing could be taken up\n' })
    expect(reloaded.stderr).toContain('traseai.json:2: ')
    const { status, stdout } = await run('gateway', 'status')
    expect(status).toBe(0)
    expect(stdout).toMatch(/traseai\.json +broken: the last good one stays in use/)
    expect(stdout).toContain(`${join(home, 'traseai.json')}:2: `)
    expect((await run('gateway', 'logs')).stdout).toMatch(/\d\d:\d\d:\d\d info {2}the gateway is ready/)
  })
})
