// `notify list` and `notify test` as a person uses them.
import { afterEach, expect, test } from 'vitest'
import { runCli } from '../cli/run-cli.ts'
import { until } from '../support/until.ts'
import { hourMs, openTellingHome, storeToken, topic } from './telling-home.ts'

const world = openTellingHome()
const { homeWith, serverOfNotices, gatewayOn } = world
afterEach(() => world.close())

test('a test goes over every channel or over one, and says which took it', async () => {
  const ntfy = await serverOfNotices()
  const home = await homeWith(
    { kind: 'ntfy', url: `${ntfy.url}${topic}`, quietHours: '00:00-23:59' },
    { kind: 'exec', name: 'mail', command: ['no-such-program'] },
  )
  await gatewayOn(home)
  const all = await runCli(home, ['notify', 'test'])
  expect(all.stdout).toBe(
    'CHANNEL  KIND  OUTCOME  WHY\nntfy     ntfy  sent\nmail     exec  failed   the program no-such-program is not found\n',
  )
  expect(all.status).toBe(1)
  expect(ntfy.taken[0]?.headers['title']).toBe('TraseAI: a test')
  const one = await runCli(home, ['notify', 'test', 'ntfy', '--json'])
  expect(JSON.parse(one.stdout)).toEqual([{ channel: 'ntfy', kind: 'ntfy', ok: true }])
  expect(one.status).toBe(0)
  const none = await runCli(home, ['notify', 'test', 'mial'])
  expect([none.status, none.stderr]).toEqual([66, 'traseai: no channel is called "mial"\nhint: did you mean mail?\n'])
})

test('without a channel both say what to write into traseai.json', async () => {
  const home = await homeWith()
  await gatewayOn(home)
  const tested = await runCli(home, ['notify', 'test'])
  expect([tested.status, tested.stdout]).toEqual([78, ''])
  expect(tested.stderr).toContain(`note: nobody is told of anything: notify in ${home}/traseai.json names no channel`)
  expect(tested.stderr).toContain('"notify": [{ "kind": "ntfy", "url": "https://ntfy.sh/')
  const listed = await runCli(home, ['notify', 'list'])
  expect([listed.status, listed.stdout]).toEqual([0, 'there is nothing to tell\n'])
  expect(listed.stderr).toBe(tested.stderr)
  expect((await runCli(home, ['notify', 'test', '--json'])).stdout).toBe('[]\n')
})

test('the list says what there is, who was told, and which channel fails', async () => {
  const ntfy = await serverOfNotices()
  ntfy.answerWith(500)
  const home = await homeWith(
    { kind: 'ntfy', url: `${ntfy.url}${topic}` },
    { kind: 'exec', name: 'quiet', command: ['true'], only: ['gateway_down'], quietHours: '00:00-23:59' },
  )
  const gateway = await gatewayOn(home)
  await storeToken(gateway, 'work', 2 * hourMs)
  await until(async () => (await gateway.client.call('notify.list', {})).channels[0]?.trouble !== null)
  const { stdout } = await runCli(home, ['notify', 'list'])
  expect(stdout.replaceAll(/\d+s|now/g, '…').replace(/quiet until \d\d:\d\d/, 'quiet until')).toMatch(
    /^warning expiring: anthropic:work expires in 1h 59m, at .* UTC\.?\n {2}hint: traseai models auth setup-token .*\n {2}told: ntfy not yet, (in )?…\n\nCHANNEL +KIND +STATE +QUIET +TOLD OF\nntfy +ntfy +failed +everything\nquiet +exec +quiet until +00:00-23:59 +gateway_down\nntfy failed (once|\d+ times in a row), last .*: it answered HTTP 500; next attempt (in )?…\n$/,
  )
})
