// docs/automation/auth-monitor.sh, the check of the credentials for cron: under every shell of this machine.
import { mkdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../cli/run-cli.ts'
import { programPath, startGateway } from '../support/gateway-process.ts'
import { skipUnless } from '../support/skip-unless.ts'
import {
  expiring,
  missingShells,
  openScriptWorld,
  reportOf,
  scriptPath,
  shells,
  standInTraseai,
  type ScriptWorld,
} from './script-world.ts'

const script = scriptPath('auth-monitor.sh')
const hour = 3_600
/** Seconds; a week before the token of `expiring` ends. */
const start = Date.parse('2026-11-23T12:00:00Z') / 1_000

let world: ScriptWorld

beforeEach(() => {
  world = openScriptWorld({
    traseai: standInTraseai,
    curl: `echo "$@" >>"$WORLD/curl.calls"; cat >"$WORLD/curl.config"
for each; do case $each in @*) cat "\${each#@}" >"$WORLD/curl.body" ;; esac; done
exit "$(cat "$WORLD/curl.status" 2>/dev/null || echo 0)"`,
    date: 'cat "$WORLD/now"',
    sleep: 'echo "$1" >>"$WORLD/sleeps"; if [ -f "$WORLD/meanwhile" ]; then . "$WORLD/meanwhile"; fi',
  })
  at(start)
  answer(0)
})
afterEach(() => world.end())

const at = (seconds: number): void => world.put('now', `${seconds}\n`)

function answer(status: number, report = reportOf(status, []), errors = ''): void {
  world.put('status', String(status))
  world.put('report', report)
  world.put('errors', errors)
}

const failed = (message: string, hint: string): string =>
  `{"note":"something"}\n${JSON.stringify({ error: { code: 'x', message, hint } })}\n`

for (const name of missingShells) skipUnless(false, name)(`the check of the credentials under ${name}`, () => {})

describe.each(shells)('under %s', (_, shell) => {
  const run = (env?: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Outcome> =>
    world.run([...shell, script, ...args], env)

  it('is quiet while all is well', async () => {
    expect(await run()).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect((await run({}, '-v')).stdout).toBe('credentials: all is well\n')
  })

  it('says what expires once, once more at half of the time that is left, and then no more', async () => {
    answer(2, reportOf(2, [expiring]))
    const said = `${expiring.message}\n  ${expiring.hint}\n`
    expect(await run()).toMatchObject({ status: 2, stdout: said, stderr: '' })
    expect(await run()).toMatchObject({ status: 2, stdout: '' })
    at(start + 3.5 * 24 * hour - 60)
    expect((await run()).stdout).toBe('')
    at(start + 3.5 * 24 * hour)
    expect((await run()).stdout).toBe(said)
    at(start + 6 * 24 * hour)
    expect((await run()).stdout).toBe('')
    expect((await run({}, '-v')).stdout).toBe(said)
  })

  it('says each matter by itself, in the words of the report whatever is in them', async () => {
    answer(2, reportOf(2, [expiring]))
    await run()
    const odd = { code: 'expired', profileId: 'acme:a', message: 'the "a\\b" %s $HOME `x` has expired' }
    answer(1, reportOf(1, [expiring, odd]))
    expect(await run()).toMatchObject({ status: 1, stdout: `${odd.message}\n` })
  })

  it('says a matter again that was over and came back', async () => {
    answer(2, reportOf(2, [expiring]))
    await run()
    answer(0)
    await run()
    answer(2, reportOf(2, [expiring]))
    expect((await run()).stdout).toContain(expiring.message)
  })

  it('gives a gateway time to restart before it is down', async () => {
    world.put('gateway', '69')
    world.put('meanwhile', 'echo 0 >"$WORLD/gateway"')
    expect(await run()).toMatchObject({ status: 0, stdout: '' })
    expect(world.read('sleeps')).toBe('15\n')
  })

  it('says that the gateway is down, once, whatever the words', async () => {
    world.put('gateway', '69')
    answer(69, '', failed('no gateway answers at /a "b"/control.sock', 'start it: traseai gateway start'))
    expect(await run({ TRASEAI_RETRY_SECONDS: '0' })).toMatchObject({
      status: 69,
      stdout: 'no gateway answers at /a "b"/control.sock\n  start it: traseai gateway start\n',
    })
    answer(69, '', failed('the gateway went away', ''))
    expect(await run()).toMatchObject({ status: 69, stdout: '' })
  })

  it.each([
    [
      78,
      failed('traseai.json:3: unknown key "gatway"', 'mend it'),
      'traseai.json:3: unknown key "gatway"\n  mend it\n',
    ],
    [127, 'node: not found\n', 'the check failed (exit status 127): node: not found\n'],
    [1, '', 'the check failed (exit status 1)\n'],
  ])('says what keeps it from looking, with exit status %i', async (status, errors, said) => {
    answer(status, '', errors)
    expect(await run()).toMatchObject({ status, stdout: said })
  })

  it('lets traseai.json say who is told, and falls back to cron’s mail when nobody could be', async () => {
    await run()
    expect(world.read('traseai.calls')).toBe(
      '--no-start gateway status\n--no-start --json models status --check --notify\n',
    )
    answer(75, reportOf(2, [expiring]))
    expect(await run()).toMatchObject({ status: 75, stdout: `${expiring.message}\n  ${expiring.hint}\n` })
    expect(world.read('curl.calls')).toBe('')
  })

  it('tells by ntfy alone where that is asked for, and shows nobody its address or token', async () => {
    world.put('token', 'tk_test_secret\n')
    answer(1, reportOf(1, [{ ...expiring, code: 'expired' }]))
    const env = { NTFY_URL: 'https://ntfy.test/topic-secret', NTFY_TOKEN_FILE: join(world.folder, 'token') }
    expect((await run(env)).status).toBe(1)
    expect(world.read('traseai.calls')).not.toContain('--notify')
    expect(world.read('curl.config')).toBe(
      'url = "https://ntfy.test/topic-secret"\nheader = "Authorization: Bearer tk_test_secret"\n',
    )
    expect(world.read('curl.calls')).not.toMatch(/secret/)
    expect(world.read('curl.calls')).toMatch(
      /Title: TraseAI on \S+: a credential is expired or missing .*Priority: high/,
    )
    expect(world.read('curl.body')).toBe(`${expiring.message}\n  ${expiring.hint}\n`)
    await run(env)
    expect(world.read('curl.calls').trim().split('\n')).toHaveLength(1)
  })

  it('tries again what ntfy did not take', async () => {
    world.put('curl.status', '22')
    answer(2, reportOf(2, [expiring]))
    const env = { NTFY_URL: 'https://ntfy.test/topic' }
    expect(await run(env)).toMatchObject({ status: 2, stderr: expect.stringContaining('tried again') as string })
    world.put('curl.status', '0')
    await run(env)
    expect(world.read('curl.calls').trim().split('\n')).toHaveLength(2)
    await run(env)
    expect(world.read('curl.calls').trim().split('\n')).toHaveLength(2)
  })

  it('runs once at a time, and takes over what a killed run left', async () => {
    const state = join(world.folder, '.local/state/traseai-auth-monitor')
    mkdirSync(join(state, 'lock'), { recursive: true })
    world.put('.local/state/traseai-auth-monitor/lock/pid', `${process.pid}\n`)
    answer(2, reportOf(2, [expiring]))
    expect(await run()).toMatchObject({ status: 75, stdout: '', stderr: '' })
    // Nobody has that process id.
    world.put('.local/state/traseai-auth-monitor/lock/pid', '4194305\n')
    expect((await run()).status).toBe(2)
    mkdirSync(join(state, 'lock'))
    world.put('.local/state/traseai-auth-monitor/lock/pid', `${process.pid}\n`)
    utimesSync(join(state, 'lock'), start - 7_200, Date.now() / 1_000 - 7_200)
    expect((await run()).status).toBe(2)
    rmSync(join(state, 'told'))
    mkdirSync(join(state, 'lock')) // killed before it said who it is
    expect((await run()).status).toBe(2)
  })

  it('leaves nothing behind but what was told, for its user alone', async () => {
    answer(2, reportOf(2, [expiring]))
    await run()
    const { stdout } = await world.run(['find', '.local/state/traseai-auth-monitor', '-mindepth', '1'])
    expect(stdout).toBe('.local/state/traseai-auth-monitor/told\n')
    expect(statSync(join(world.folder, '.local/state/traseai-auth-monitor/told')).mode & 0o777).toBe(0o600)
  })

  it('refuses what it does not know, and a program that is not there', async () => {
    expect((await run({}, '--help')).status).toBe(64)
    expect(await run({ TRASEAI: 'no-such-traseai' })).toMatchObject({
      status: 69,
      stderr: expect.stringContaining('there is no no-such-traseai') as string,
    })
  })
})

it('finds what the real program says of a token that ends soon, and of a gateway that is down', async () => {
  const gateway = await startGateway()
  const env = {
    TRASEAI: join(world.folder, 'real'),
    TRASEAI_HOME: gateway.home,
    TRASEAI_RETRY_SECONDS: '0',
    NTFY_URL: 'https://ntfy.test/topic',
  }
  world.put('real', `#!/bin/sh\nexec '${process.execPath}' '${programPath}' "$@"\n`)
  await world.run(['chmod', '+x', 'real'])
  await gateway.client.call('credentials.add', {
    profileId: 'anthropic:work',
    provider: 'anthropic',
    kind: 'token',
    secret: `sk-ant-oat01-test-${'a'.repeat(90)}AA`,
    expiresAt: new Date(Date.now() + 7_200_000).toISOString(),
  })
  const expires = await world.run(['sh', script], env)
  expect(expires).toMatchObject({
    status: 2,
    stdout: expect.stringMatching(
      /^anthropic:work expires at \S+Z\n {2}traseai models auth setup-token .*\n$/,
    ) as string,
  })
  await gateway.stop()
  expect(await world.run(['sh', script], env)).toMatchObject({
    status: 69,
    stdout: expect.stringMatching(/^no gateway answers at .*\n {2}start it: traseai gateway start\n$/) as string,
  })
})
