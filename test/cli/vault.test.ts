// The vault at the command line: what it says, what it asks for, and how it ends.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CliWithGateway, fakeKey, startWithCli } from './with-gateway.ts'

let cli: CliWithGateway
const words = 'correct horse battery staple'
const keyPath = (): string => join(cli.gateway.home, 'vault.key')

beforeAll(async () => {
  cli = await startWithCli()
})
afterAll(() => cli.gateway.stop())

/** The same home after a restart of its gateway. */
async function restart(): Promise<void> {
  const { home } = cli.gateway
  await cli.gateway.kill9()
  cli = await startWithCli({ home })
}

describe('vault status', () => {
  it('says before the first secret who will keep the key', async () => {
    const { status, stdout } = await cli.run('vault', 'status')
    expect(status).toBe(0)
    expect(stdout).toContain('empty: it begins with the first stored secret')
    expect(stdout).toContain('key-file (the file vault.key in the home)')
  })

  it('says that it is open, and is one object for programs', async () => {
    await cli.gateway.client.call('credentials.add', {
      profileId: 'anthropic:default',
      provider: 'anthropic',
      kind: 'api_key',
      secret: fakeKey('0001'),
    })
    expect(await cli.json('vault', 'status')).toMatchObject({
      state: 'unlocked',
      keeper: 'key-file',
      place: keyPath(),
      secrets: 1,
      keyId: expect.stringMatching(/^[0-9a-f]{16}$/) as unknown,
    })
    expect((await cli.run('vault', 'status')).stdout).not.toContain(readFileSync(keyPath(), 'utf8').split('\n')[1])
  })

  it('ends with 78 when the key is missing, names the file, and the gateway serves nevertheless', async () => {
    const key = readFileSync(keyPath())
    rmSync(keyPath())
    await restart()
    const { status, stdout, stderr } = await cli.run('vault', 'status')
    expect(status).toBe(78)
    expect(stdout).toContain(`${keyPath()} is not there`)
    expect(stderr).toContain('traseai vault unlock')
    expect((await cli.run('models', 'status')).stdout).toContain(`${keyPath()} is not there`)
    expect((await cli.run('vault', 'unlock')).status).toBe(78)
    writeFileSync(keyPath(), key, { mode: 0o600 })
    expect((await cli.run('vault', 'unlock')).status).toBe(0)
    const { secret } = await cli.gateway.client.call('credentials.reveal', { profileId: 'anthropic:default' })
    expect(secret).toBe(fakeKey('0001'))
  })
})

describe('vault rekey and unlock', () => {
  it('change the key, and the keeper; a passphrase comes from standard input', async () => {
    const changed = await cli.run('vault', 'rekey')
    expect(changed).toMatchObject({ status: 0, stderr: '' })
    expect(changed.stdout).toMatch(/^the master key is [0-9a-f]{16} now: the stored secret is sealed under it\n/)
    const moved = await cli.runWith({ input: `${words}\n` }, 'vault', 'rekey', '--keeper', 'passphrase')
    expect(moved.status).toBe(0)
    expect(existsSync(keyPath())).toBe(false)
    await restart()
    const locked = await cli.run('vault', 'status')
    expect([locked.status, locked.stdout.includes('nobody has told the passphrase yet')]).toEqual([77, true])
    // Before the secret is asked for.
    const store = await cli.runWith({ input: '' }, 'models', 'auth', 'paste-token', '--provider', 'anthropic')
    expect(store).toMatchObject({ status: 77, stderr: expect.stringContaining('traseai vault unlock') as string })
  })

  it('a wrong passphrase is refused with 65, the right one opens', async () => {
    const wrong = await cli.runWith({ input: 'something else' }, 'vault', 'unlock')
    expect(wrong).toMatchObject({ status: 65, stdout: '' })
    expect(wrong.stderr).toContain('this is not the passphrase of the vault')
    expect((await cli.runWith({ input: '' }, 'vault', 'unlock')).status).toBe(65)
    expect((await cli.runWith({ input: words }, 'vault', 'unlock')).status).toBe(0)
    expect((await cli.run('vault', 'unlock')).status).toBe(0)
    const { secret } = await cli.gateway.client.call('credentials.reveal', { profileId: 'anthropic:default' })
    expect(secret).toBe(fakeKey('0001'))
  })

  it('a keeper that nobody knows is refused with those there are', async () => {
    const { status, stderr } = await cli.run('vault', 'rekey', '--keeper', 'keyfile')
    expect(status).toBe(64)
    expect(stderr).toContain('did you mean key-file? there are systemd, keyring, passphrase, key-file')
  })

  it('a short passphrase changes nothing', async () => {
    const { status, stderr } = await cli.runWith({ input: 'short' }, 'vault', 'rekey', '--keeper', 'passphrase')
    expect([status, stderr.includes('12 are the least')]).toEqual([65, true])
    expect(await cli.json('vault', 'status')).toMatchObject({ state: 'unlocked', keeper: 'passphrase' })
  })

  it('a passphrase is in no log, no event and no argument', async () => {
    const logs = await cli.gateway.logs()
    const history = JSON.stringify(await cli.gateway.client.call('audit.log', { limit: 1_000 }))
    for (const text of [logs, history]) expect(text).not.toContain('horse')
  })
})
