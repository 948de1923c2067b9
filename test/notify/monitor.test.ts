// The monitor: `models status --check --notify`, with and without a gateway.
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Outcome, runCli } from '../cli/run-cli.ts'
import { until } from '../support/until.ts'
import { hourMs, noticesSent, openTellingHome, storeToken, topic } from './telling-home.ts'

const world = openTellingHome()
const { homeWith, serverOfNotices, gatewayOn } = world
afterEach(() => world.close())

const check = (home: string, ...more: string[]): Promise<Outcome> =>
  runCli(home, ['models', 'status', '--check', '--notify', ...more])

test('a gateway that is down is told once, with what its log says of the credentials, and the exit status is 69', async () => {
  const ntfy = await serverOfNotices()
  const home = await homeWith({ kind: 'ntfy', url: `${ntfy.url}${topic}` })
  ntfy.answerWith(503)
  const gateway = await gatewayOn(home)
  await storeToken(gateway, 'work', 2 * hourMs)
  await gateway.kill9()
  ntfy.answerWith(200)
  const down = await check(home)
  expect([down.status, down.stdout]).toEqual([69, ''])
  expect(down.stderr).toMatch(/^note: 2 matters told over ntfy\ntraseai: no gateway answers at /)
  expect(ntfy.taken).toHaveLength(1)
  expect(ntfy.taken[0]?.body).toContain(`no gateway serves ${home}; the last one did not end in good order.`)
  expect(ntfy.taken[0]?.body).toContain('anthropic:work expires in 1h 59m')
  const file = join(home, 'monitor.json')
  expect((await stat(file)).mode & 0o777).toBe(0o600)

  expect((await check(home)).status).toBe(69)
  expect(ntfy.taken).toHaveLength(1)

  // What it cannot read, it forgets: once more is better than never.
  await writeFile(file, '{"version":1,"told":[{"key":4}]}')
  expect((await check(home)).status).toBe(69)
  expect(ntfy.taken).toHaveLength(2)

  // The gateway knows what was told in its place.
  const next = await gatewayOn(home)
  await until(async () => (await noticesSent(next)) === 1)
  expect((await next.client.call('notify.list', {})).matters[0]?.channels[0]?.toldAt).not.toBeNull()
  const up = await check(home)
  expect([up.status, up.stderr]).toEqual([2, ''])
  expect(up.stdout).toContain('check: expiring (exit 2)')
  expect(ntfy.taken).toHaveLength(2)
  // It is up again: the next time that it is down is told anew.
  expect(await readFile(file, 'utf8')).not.toContain('gateway_down')
  await next.stop()
  await check(home)
  expect(ntfy.taken).toHaveLength(3)
  expect(ntfy.taken[2]?.body).toMatch(/the last one stopped at .* UTC: SIGTERM\./)
  expect(ntfy.taken[2]?.body).not.toContain('anthropic:work')
}, 60_000)

test('what the gateway tells the monitor does not', async () => {
  const ntfy = await serverOfNotices()
  const home = await homeWith({ kind: 'ntfy', url: `${ntfy.url}${topic}` })
  const gateway = await gatewayOn(home)
  await storeToken(gateway, 'work', 2 * hourMs)
  await until(async () => (await noticesSent(gateway)) === 1)
  expect((await check(home, '--json')).status).toBe(2)
  expect(ntfy.taken).toHaveLength(1)
})

test('over a channel on which the gateway fails the monitor tells, and the gateway then does not', async () => {
  const home = await homeWith()
  const marker = join(home, 'here')
  const program = join(home, 'tell')
  // As a program that needs a session, which a gateway at boot has not.
  await writeFile(program, `#!/bin/sh\ntest -n "$DISPLAY" && echo told >> ${marker}\n`)
  await chmod(program, 0o755)
  const notify = [{ kind: 'exec', command: [program] }]
  await writeFile(join(home, 'traseai.json'), JSON.stringify({ gateway: { port: 0 }, notify }))
  const gateway = await gatewayOn(home)
  await storeToken(gateway, 'work', 2 * hourMs)
  const failures = async (): Promise<number> =>
    (await gateway.client.call('notify.list', {})).channels[0]?.trouble?.failures ?? 0
  await until(
    async () => (await failures()) >= 2,
    () => 'it fails twice',
  )
  const told = await runCli(home, ['models', 'status', '--check', '--notify'], { env: { DISPLAY: ':0' } })
  expect(told.stderr).toBe(
    'note: the gateway itself cannot tell over exec: the program ended with status 1\nnote: 1 matter told over exec\n',
  )
  expect(await readFile(marker, 'utf8')).toBe('told\n')
  await gateway.stop()
  const next = await gatewayOn(home)
  await until(async () => (await noticesSent(next)) === 1)
  expect((await next.client.call('notify.list', {})).channels[0]?.trouble).toBeNull()
}, 60_000)

test('one that could tell nobody does not look fine', async () => {
  const ntfy = await serverOfNotices()
  const home = await homeWith({ kind: 'ntfy', url: `${ntfy.url}${topic}` })
  await ntfy.goAway()
  const { status, stderr } = await check(home)
  expect(status).toBe(75)
  expect(stderr).toMatch(
    /^note: ntfy did not take a notice: 127\.0\.0\.1:\d+ cannot be reached: connection refused \(ECONNREFUSED\)\nnote: no gateway answers at /,
  )
  expect(stderr).not.toContain(topic)
})

test('without channels it says so, and the exit status is that of the check', async () => {
  const home = await homeWith()
  const { status, stderr } = await check(home)
  expect(status).toBe(69)
  expect(stderr).toContain('names no channel')
})

test('--notify is for --check', async () => {
  const { status, stderr } = await runCli('/nowhere', ['models', 'status', '--notify'])
  expect([status, stderr]).toEqual([
    64,
    'traseai: --notify is for --check\nhint: traseai models status --check --notify\n',
  ])
})
