// The keeper of desktops: a real keyring where the machine has one, and stand-ins for what it never shows.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Host } from '../../src/host.ts'
import { skipUnless } from '../support/skip-unless.ts'
import { until } from '../support/until.ts'
import { type Home, keep, opened, temporaryHome } from './temporary-vault.ts'

const programs = ['secret-tool', 'gnome-keyring-daemon', 'dbus-daemon']
const whereIs = (program: string): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path))
const withKeyring = skipUnless(
  programs.every((program) => whereIs(program) !== undefined),
  programs.join(', '),
)

/** A session bus with an unlocked keyring on it, both ended after the test. */
async function sessionWithKeyring(): Promise<Record<string, string>> {
  const folder = temporaryHome().path
  // A bus that starts no keyring of its own: it would be that of whoever runs the tests.
  const configuration = join(folder, 'bus.conf')
  writeFileSync(
    configuration,
    `<busconfig><type>session</type><listen>unix:path=${folder}/bus</listen>
     <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`,
  )
  const bus = spawn('dbus-daemon', [`--config-file=${configuration}`, '--nofork', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void bus.kill())
  const [address] = (await once(createInterface(bus.stdout), 'line')) as [string]
  const env = { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: folder, XDG_DATA_HOME: folder, HOME: folder }
  // The installed program has a capability, and then takes no folder from its environment: a copy has none.
  const daemon = join(folder, 'keyring-daemon')
  copyFileSync(whereIs('gnome-keyring-daemon') ?? '', daemon)
  const keyring = spawn(daemon, ['--foreground', '--unlock', '--components=secrets'], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  onTestFinished(() => void keyring.kill())
  keyring.stdin.end('a password')
  const environment = { PATH: process.env['PATH'], ...env }
  await until(() => spawnSync('secret-tool', ['lookup', 'any', 'thing'], { env: environment }).stderr.length === 0)
  return env
}

describe('the keyring of a session', () => {
  withKeyring('keeps the key, and gives it back at the next start', async () => {
    const home = temporaryHome('keyring', await sessionWithKeyring())
    await keep(home, await home.open(), 'default', 'sk-test')
    const vault = await home.open()
    expect(vault.status()).toMatchObject({ state: 'unlocked', keeper: 'keyring' })
    expect(opened(home, vault)).toEqual({ default: 'sk-test' })
    expect(readdirSync(home.path)).not.toContain('vault.key')
  })

  withKeyring('has the new key alone after a change, and none when another keeper took over', async () => {
    const env = await sessionWithKeyring()
    const home = temporaryHome('keyring', env)
    const entry = (keyId: string | null): string =>
      spawnSync('secret-tool', ['lookup', 'application', 'traseai', 'key', keyId ?? ''], {
        env: { PATH: process.env['PATH'], ...env },
      }).stdout.toString()
    const vault = await home.open()
    await keep(home, vault, 'default', 'sk-test')
    const first = vault.status().keyId
    expect(entry(first)).toMatch(/^[A-Za-z0-9+/]{43}=$/)
    const second = (await vault.rekey({})).keyId
    expect([entry(first), entry(second)]).toEqual(['', expect.stringMatching(/=$/)])
    await vault.rekey({ keeper: 'key-file' })
    expect(entry(second)).toBe('')
    expect(opened(home, await home.open())).toEqual({ default: 'sk-test' })
  })

  withKeyring('that has lost the key is told from one that cannot be reached', async () => {
    const env = await sessionWithKeyring()
    const home = temporaryHome('keyring', env)
    const vault = await home.open()
    await keep(home, vault, 'default', 'sk-test')
    const { keyId } = vault.status()
    const offline = await home.open({ host: { ...home.host, env: { PATH: process.env['PATH'] } } })
    expect(offline.status()).toMatchObject({
      state: 'locked',
      reason: expect.stringContaining('secret-tool ended') as unknown,
    })
    spawnSync('secret-tool', ['clear', 'application', 'traseai', 'key', keyId ?? ''], {
      env: { PATH: process.env['PATH'], ...env },
    })
    expect((await home.open()).status()).toMatchObject({
      state: 'missing',
      reason: `the keyring of the session (Secret Service) has no key ${keyId}`,
    })
  })
})

/** A home whose PATH begins with a program of that name. */
function withProgram(name: string, script: string, change: Partial<Host> = {}): Home & { readonly folder: string } {
  const folder = temporaryHome().path
  writeFileSync(
    join(folder, name),
    `#!/bin/sh\nprintf '%s\\n' "$*" >> ${folder}/arguments\nenv > ${folder}/environment\n${script}`,
    {
      mode: 0o755,
    },
  )
  const home = temporaryHome('keyring', { PATH: `${folder}:${process.env['PATH']}`, ANTHROPIC_API_KEY: 'sk-ant-test' })
  const host = { ...home.host, ...change }
  return { ...home, folder, host, open: (more) => home.open({ host, ...more }) }
}

describe('a keyring that', () => {
  it('is not there is said to be missing, with what to install', async () => {
    const home = temporaryHome('keyring', { PATH: '/nonexistent' })
    await expect(keep(home, await home.open(), 'default', 'sk-test')).rejects.toMatchObject({
      code: 'program_missing',
      message: 'secret-tool is not installed',
      hint: expect.stringContaining('libsecret-tools') as unknown,
    })
  })

  it('never answers is not waited for', async () => {
    const home = withProgram('secret-tool', 'sleep 600')
    const soon: Host = { ...home.host, setTimer: (delayMs, callback) => home.host.setTimer(delayMs / 100, callback) }
    const vault = await home.open({ host: soon })
    await expect(keep(home, vault, 'default', 'sk-test')).rejects.toMatchObject({ code: 'timeout' })
  })

  it('says yes and keeps nothing is found out before anything is sealed', async () => {
    const home = withProgram('secret-tool', 'cat > /dev/null; [ "$1" = store ]')
    await expect(keep(home, await home.open(), 'default', 'sk-test')).rejects.toMatchObject({
      code: 'cannot_create',
      message: expect.stringContaining('did not keep the key') as unknown,
    })
    expect(home.storage.opening.vaultKey).toBeNull()
  })

  it('prints without end is cut off', async () => {
    const home = withProgram('secret-tool', 'exec yes')
    await expect(keep(home, await home.open(), 'default', 'sk-test')).rejects.toMatchObject({ code: 'cannot_create' })
  })

  it('is that of macOS gets the key through standard input, and its arguments never hold it', async () => {
    // As security(1) describes it: a command a line after -i; 44 is errSecItemNotFound.
    const script = `
case "$1" in
  -i) while read -r line; do set -- $line; echo "\${11}" > "$HOME/entry-$6"; done ;;
  find-generic-password) cat "$HOME/entry-$5" 2>/dev/null || exit 44 ;;
  delete-generic-password) rm "$HOME/entry-$5" 2>/dev/null || exit 44 ;;
esac`
    const home = withProgram('security', script, { platform: 'darwin' })
    const vault = await home.open()
    await keep(home, vault, 'default', 'sk-test')
    await vault.rekey({})
    const entries = readdirSync(home.path).filter((name) => name.startsWith('entry-'))
    expect(entries).toEqual([`entry-${vault.status().keyId}`])
    expect(opened(home, await home.open())).toEqual({ default: 'sk-test' })
    const [key = ''] = entries.map((name) => readFileSync(join(home.path, name), 'utf8').trim())
    expect(key).toHaveLength(44)
    expect(readFileSync(join(home.folder, 'arguments'), 'utf8')).not.toContain(key.slice(0, 8))
    expect(readFileSync(join(home.folder, 'environment'), 'utf8')).not.toContain('sk-ant-test')
  })
})
