// The scripts for Termux on a phone, with stand-ins for ssh and for what Termux brings: under every shell of this machine.
import { copyFileSync, mkdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../cli/run-cli.ts'
import { skipUnless } from '../support/skip-unless.ts'
import {
  expiring,
  missingShells,
  openScriptWorld,
  reportOf,
  scriptPath,
  shells,
  type ScriptWorld,
} from './script-world.ts'

let world: ScriptWorld

/** Each argument on a line of its own, a blank line after the last. */
const recorder = (name: string): string =>
  `for each; do printf '%s\\n' "$each"; done >>"$WORLD/${name}"; echo >>"$WORLD/${name}"`

beforeEach(() => {
  world = openScriptWorld({
    ssh: `${recorder('ssh.calls')}
cat "$WORLD/answer" 2>/dev/null
exit "$(cat "$WORLD/status")"`,
    'termux-notification': recorder('notifications'),
    'termux-notification-remove': recorder('removed'),
    'termux-toast': recorder('toasts'),
  })
  mkdirSync(join(world.folder, '.config'))
  world.put('.config/traseai-phone', 'TRASEAI_HOST=me@server\n')
})
afterEach(() => world.end())

function answer(status: number, text: string): void {
  world.put('status', String(status))
  world.put('answer', text)
}

const calls = (name: string): readonly (readonly string[])[] =>
  world
    .read(name)
    .split('\n\n')
    .filter((call) => call !== '')
    .map((call) => call.split('\n'))

/** The value of an option of the last notification. */
function shown(option: string): string | undefined {
  const last = calls('notifications').at(-1) ?? []
  const at = last.indexOf(option)
  return at < 0 ? undefined : last[at + 1]
}

for (const name of missingShells) skipUnless(false, name)(`the scripts for a phone under ${name}`, () => {})

describe.each(shells)('the notification, under %s', (_, shell) => {
  const run = (script = scriptPath('termux-auth-status.sh'), ...args: readonly string[]): Promise<Outcome> =>
    world.run([...shell, script, ...args], { PREFIX: world.folder })

  it('asks the host without a question to anybody, and is taken down while all is well', async () => {
    answer(0, reportOf(0, []))
    expect((await run()).status).toBe(0)
    expect(calls('ssh.calls')).toEqual([
      [
        '-o',
        'BatchMode=yes',
        '-o',
        'ConnectTimeout=15',
        '--',
        'me@server',
        'traseai --no-start --json models status --check',
      ],
    ])
    expect(calls('removed')).toEqual([['traseai-auth']])
    expect(calls('notifications')).toEqual([])
    expect(calls('toasts')).toEqual([])
  })

  it('says what expires, and a tap on it opens the terminal where one signs in', async () => {
    answer(2, reportOf(2, [expiring]))
    expect((await run()).status).toBe(2)
    expect(shown('--id')).toBe('traseai-auth')
    expect(shown('--title')).toBe('TraseAI: a credential is expiring')
    expect(shown('--content')).toBe(expiring.message)
    expect(shown('--priority')).toBe('default')
    expect(shown('--action')).toContain(`RUN_COMMAND_PATH '${scriptPath('termux-auth-widget.sh')}'`)
    expect(shown('--button1-action')).toBe(shown('--action'))
  })

  it('does not come back after it was swiped away, until something else is wrong or a day has passed', async () => {
    answer(2, reportOf(2, [expiring]))
    await run()
    await run()
    expect(calls('notifications')).toHaveLength(1)
    answer(1, reportOf(1, [{ ...expiring, code: 'expired', message: 'anthropic:work has expired' }]))
    await run()
    expect(shown('--title')).toBe('TraseAI: a credential is expired or missing')
    expect(shown('--priority')).toBe('high')
    const yesterday = Date.now() / 1_000 - 90_000
    utimesSync(join(world.folder, '.local/state/traseai-phone/shown'), yesterday, yesterday)
    await run()
    expect(calls('notifications')).toHaveLength(3)
  })

  it.each([
    [69, '{"error":{}}\n', 'TraseAI: the gateway of me@server is down', 'start it: traseai gateway start'],
    [127, 'sh: traseai: not found\n', 'TraseAI: there is no traseai on me@server', /set TRASEAI_COMMAND in/],
    [78, 'traseai: broken\nhint: mend it\n', 'TraseAI: the check on me@server failed (exit status 78)', /mend it/],
  ])('says what keeps it from knowing, with exit status %i', async (status, text, title, content) => {
    answer(status, text)
    expect((await run()).status).toBe(status)
    expect(shown('--title')).toBe(title)
    expect(world.read('notifications')).toMatch(content)
  })

  it('is silent about a host that is out of reach until that has lasted', async () => {
    answer(255, 'ssh: connect to host server port 22: No route to host\n')
    await run()
    await run()
    expect(calls('notifications')).toEqual([])
    await run()
    expect(shown('--title')).toBe('TraseAI: me@server cannot be reached')
    expect(shown('--priority')).toBe('low')
    answer(0, reportOf(0, []))
    await run()
    answer(255, 'ssh: no\n')
    await run()
    expect(calls('notifications')).toHaveLength(1)
  })

  it('says how it is in any case when it is tapped in the widget', async () => {
    const tasks = join(world.folder, '.shortcuts/tasks')
    mkdirSync(tasks, { recursive: true })
    copyFileSync(scriptPath('termux-auth-status.sh'), join(tasks, 'termux-auth-status.sh'))
    copyFileSync(scriptPath('termux-auth-widget.sh'), join(tasks, '../termux-auth-widget.sh'))
    answer(0, reportOf(0, []))
    await run(join(tasks, 'termux-auth-status.sh'))
    expect(calls('toasts')).toEqual([['TraseAI: credentials: all is well']])
    answer(2, reportOf(2, [expiring]))
    await run(join(tasks, 'termux-auth-status.sh'))
    expect(shown('--action')).toContain(`'${join(world.folder, '.shortcuts/termux-auth-widget.sh')}'`)
  })

  it('says where the host has to be written', async () => {
    world.put('.config/traseai-phone', '')
    expect((await run()).status).toBe(78)
    expect(world.read('toasts')).toContain('write TRASEAI_HOST=… to')
  })
})

describe.each(shells)('the widget, under %s', (_, shell) => {
  const tap = (keys: string): Promise<Outcome> =>
    world.run(['sh', '-c', 'printf "$0" | "$@"', keys, ...shell, scriptPath('termux-auth-widget.sh')], {
      PREFIX: world.folder,
    })

  it('shows the report in a terminal, and closes while all is well', async () => {
    answer(0, 'anthropic  ok\n')
    expect(await tap('')).toMatchObject({ status: 0, stdout: 'anthropic  ok\n\n' })
    expect(calls('ssh.calls')).toEqual([
      ['-t', '-o', 'ConnectTimeout=15', '--', 'me@server', 'traseai --no-start models status --check'],
    ])
  })

  it.each([
    ['s\\nanthropic:work\\n\\n', 'traseai models auth setup-token --provider anthropic --profile-id anthropic:work'],
    ['s\\nwork\\n\\n', 'traseai models auth setup-token --provider anthropic --profile-id anthropic:work'],
    ['s\\n\\n\\n', 'traseai models auth setup-token --provider anthropic '],
    ['d\\n\\n', 'traseai doctor'],
  ])('after %j runs what was asked for', async (keys, command) => {
    answer(1, 'anthropic  expired\n')
    await tap(keys)
    expect(calls('ssh.calls').at(-1)).toEqual(['-t', '--', 'me@server', command])
  })

  it('starts a gateway that is down', async () => {
    answer(69, '')
    await tap('g\\n\\n')
    expect(calls('ssh.calls').at(-1)?.at(-1)).toBe('traseai gateway start')
  })

  it.each(['a;reboot', '$(reboot)', 'a b', '--help', 'a:b:c'])('runs nothing for an id such as %j', async (id) => {
    answer(1, '')
    const { stdout } = await tap(`s\\n${id}\\n\\n`)
    expect(stdout).toContain('That is no id of a credential.')
    expect(calls('ssh.calls')).toHaveLength(1)
  })
})
