// `backup` as its user meets it: what it writes where, for whom it is sealed, and what is left when it ends in the middle.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCli } from '../cli/run-cli.ts'
import { cleanEnvironment, type GatewayProcess, programPath, startGateway } from '../support/gateway-process.ts'
import { openPseudoTerminal } from '../support/pseudo-terminal.ts'
import { skipUnless } from '../support/skip-unless.ts'
import { until } from '../support/until.ts'
import { openSealedHomes, type SealedHomes } from './sealed-homes.ts'

const secret = 'sk-ant-test-0123456789abcdefghijklmnop'
const profileId = 'anthropic:work'
const passphrase = 'correct horse battery staple'

const itWithAge = skipUnless(spawnSync('age', ['--version']).status === 0, 'the program age')

let homes: SealedHomes
let gateway: GatewayProcess

beforeEach(async () => {
  homes = await openSealedHomes()
  gateway = await startGateway()
  await gateway.client.call('credentials.add', { profileId, provider: 'anthropic', kind: 'api_key', secret })
  await writeFile(homes.path('phrase'), `${passphrase}\n`)
})

afterEach(async () => {
  await gateway.stop()
  await homes.remove()
})

const copiesLeft = async (): Promise<string[]> =>
  (await readdir(gateway.home)).filter((name) => name.startsWith('.backup-'))

describe('the file', () => {
  it('is private, whole, and the only thing that was made', async () => {
    const before = await readdir(homes.folder)
    const { status, stderr, stdout } = await homes.backup(gateway.home, 'a.age')
    expect(status).toBe(0)
    expect(stdout).toContain('1 stored secret with the master key')
    expect(stderr).toContain('whoever has it and the identity of a recipient has every key in it')
    expect((await stat(homes.path('a.age'))).mode & 0o777).toBe(0o600)
    expect(await readdir(homes.folder)).toEqual(['a.age', ...before].sort())
    await until(async () => (await copiesLeft()).length === 0)
  })

  it('takes the place of another with --force alone', async () => {
    await writeFile(homes.path('a.age'), 'yesterday')
    const refused = await homes.backup(gateway.home, 'a.age')
    expect({ status: refused.status, text: refused.stderr }).toMatchObject({
      status: 73,
      text: expect.stringContaining('--force') as string,
    })
    expect(await readFile(homes.path('a.age'), 'utf8')).toBe('yesterday')
    expect((await homes.backup(gateway.home, 'a.age', '--force')).status).toBe(0)
    expect((await readFile(homes.path('a.age'), 'latin1')).startsWith('age-encryption.org/v1')).toBe(true)
  })

  it('is refused where none can be, before a passphrase is asked for', async () => {
    await mkdir(homes.path('folder'))
    expect((await homes.backup(gateway.home, 'folder')).status).toBe(73)
    expect((await homes.backup(gateway.home, 'no/folder/a.age')).status).toBe(73)
    expect((await homes.backup(gateway.home, `identity.txt/a.age`)).status).toBe(73)
    expect((await homes.backup(gateway.home, 'a'.repeat(5_000))).status).toBe(73)
  })

  it('may go to standard output, with nothing else on it', async () => {
    const child = spawn(
      'sh',
      [
        '-c',
        `"$0" "$1" backup - --recipient ${homes.recipient} > "$2"`,
        process.execPath,
        programPath,
        homes.path('out.age'),
      ],
      {
        env: cleanEnvironment(gateway.home),
        stdio: 'ignore',
      },
    )
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0)
    expect((await homes.restore('out.age', homes.path('home'))).status).toBe(0)
  })

  it('says nothing at all with --quiet, for cron', async () => {
    const { status, stdout, stderr } = await homes.backup(gateway.home, 'a.age', '--quiet')
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  it('is described by one object with --json', async () => {
    const { stdout } = await homes.backup(gateway.home, 'a.age', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      file: homes.path('a.age'),
      sealedFor: 'recipients',
      position: 2,
      secrets: 1,
      masterKey: true,
      files: ['traseai.db', 'vault.key', 'traseai.json', expect.any(String), expect.any(String)],
    })
  })
})

describe('who can open it', () => {
  itWithAge('anybody with age and the identity, to a tar with the manifest first', async () => {
    await homes.backup(gateway.home, 'a.age')
    const list = execFileSync('sh', ['-c', `age -d -i "$0" "$1" | tar tz`, homes.identity, homes.path('a.age')], {
      encoding: 'utf8',
    })
    expect(list.split('\n').slice(0, 3)).toEqual(['manifest.json', 'traseai.db', 'vault.key'])
  })

  itWithAge('anybody with age and the passphrase', async () => {
    await runCli(gateway.home, ['backup', homes.path('p.age')], { input: `${passphrase}\n` })
    // age asks for a passphrase at a terminal alone.
    const script = `age -d "$0" | tar tz > "$1"`
    const args = ['exec', '--', 'sh', '-c', script, homes.path('p.age'), homes.path('list')]
    const terminal = openPseudoTerminal(args, { env: cleanEnvironment(gateway.home), cwd: homes.folder })
    await terminal.shows('passphrase')
    terminal.type(`${passphrase}\r`)
    expect(await terminal.ended).toBe(0)
    expect(await readFile(homes.path('list'), 'utf8')).toContain('traseai.db')
  })

  it('several recipients, each alone, and nobody else', async () => {
    const other = await openSealedHomes()
    await homes.backup(gateway.home, 'a.age', '--recipient', other.recipient)
    for (const { identity } of [homes, other]) {
      const { status } = await runCli(gateway.home, ['restore', '--check', homes.path('a.age'), '--identity', identity])
      expect(status).toBe(0)
    }
    await other.remove()
  })

  it('nobody without the passphrase, which is asked for twice', async () => {
    const env = cleanEnvironment(gateway.home)
    const terminal = openPseudoTerminal(['backup', homes.path('p.age')], { env, cwd: homes.folder })
    await terminal.shows('new passphrase')
    terminal.type('too short\r')
    await terminal.shows('is too short')
    expect(await terminal.ended).toBe(65)
    expect(existsSync(homes.path('p.age'))).toBe(false)

    const again = openPseudoTerminal(['backup', homes.path('p.age')], { env, cwd: homes.folder })
    await again.shows('new passphrase')
    again.type(`${passphrase}\r`)
    await again.shows('once more')
    again.type(`${passphrase}\r`)
    expect(await again.ended).toBe(0)
    expect(again.written()).not.toContain(passphrase)

    const check = openPseudoTerminal(['restore', '--check', homes.path('p.age')], { env, cwd: homes.folder })
    await check.shows('passphrase of the backup')
    check.type('another one that is wrong\r')
    await check.shows('this is not the passphrase of the backup')
    check.type(`${passphrase}\r`)
    await check.shows('it can be restored')
    expect(await check.ended).toBe(0)
  })

  it('not with an identity in place of its recipient, which is not shown either', async () => {
    const identity = (await readFile(homes.identity, 'utf8')).split('\n')[1] ?? ''
    const { status, stderr } = await runCli(gateway.home, ['backup', homes.path('a.age'), '--recipient', identity])
    expect(status).toBe(64)
    expect(stderr).not.toContain(identity.slice(20, 40))
    expect(await copiesLeft()).toEqual([])
  })
})

describe('the history', () => {
  it('says who took a copy of everything, and for whom, before it is handed out', async () => {
    await homes.backup(gateway.home, 'a.age')
    const { events } = await gateway.client.call('audit.log', { type: 'BackupMade' })
    expect(events).toMatchObject([
      {
        actor: { kind: 'cli', uid: process.getuid?.() },
        data: { position: 2, sealedFor: 'recipients', recipients: [homes.recipient], masterKey: true },
      },
    ])
  })

  it('says so of a backup that nobody read', async () => {
    const { position } = await gateway.client.call('backup.create', { recipients: [homes.recipient] })
    const { events } = await gateway.client.call('audit.log', { type: 'BackupMade' })
    expect(events[0]?.data['position']).toBe(position)
  })
})

describe('without a gateway', () => {
  it('is made of the home itself, which no other may use meanwhile, and is in its history', async () => {
    await gateway.kill9()
    const { status } = await homes.backup(gateway.home, 'a.age')
    expect(status).toBe(0)
    expect((await homes.restore('a.age', homes.path('home'))).status).toBe(0)
    gateway = await startGateway({ home: gateway.home })
    const { events } = await gateway.client.call('audit.log', { type: 'BackupMade' })
    expect(events).toHaveLength(1)
    expect(await copiesLeft()).toEqual([])
  })

  it('is refused for a home that is none', async () => {
    const { status, stderr } = await homes.backup(homes.path('nothing'), 'a.age')
    expect({ status, stderr }).toMatchObject({ status: 66, stderr: expect.stringContaining('to back up') as string })
    expect(existsSync(homes.path('nothing'))).toBe(false)
    expect(existsSync(homes.path('a.age'))).toBe(false)
  })
})

describe('a backup that ends in the middle', () => {
  it('goes with its caller, and makes room for the next', async () => {
    const client = await gateway.connect()
    await client.call('backup.create', { recipients: [homes.recipient] })
    expect(await copiesLeft()).toHaveLength(1)
    await expect(gateway.client.call('backup.create', { recipients: [homes.recipient] })).rejects.toMatchObject({
      code: 'busy',
    })
    client.close()
    await until(async () => (await copiesLeft()).length === 0)
    expect((await homes.backup(gateway.home, 'a.age')).status).toBe(0)
  })

  it('cannot be read after its end', async () => {
    const { backupId } = await gateway.client.call('backup.create', { recipients: [homes.recipient] })
    while (!(await gateway.client.call('backup.read', { backupId })).last);
    await expect(gateway.client.call('backup.read', { backupId })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('leaves nothing when the gateway stops', async () => {
    await gateway.client.call('backup.create', { recipients: [homes.recipient] })
    const { home } = gateway
    expect(await copiesLeft()).toHaveLength(1)
    await gateway.client.call('gateway.stop', {})
    await gateway.ended
    expect((await readdir(home)).filter((name) => name.startsWith('.backup-'))).toEqual([])
  })

  it('leaves nothing after the next start when the gateway is killed', async () => {
    await gateway.client.call('backup.create', { recipients: [homes.recipient] })
    await gateway.kill9()
    expect(await copiesLeft()).toHaveLength(1)
    gateway = await startGateway({ home: gateway.home })
    await until(async () => (await copiesLeft()).length === 0)
  })

  it('leaves no file when its command is interrupted', async () => {
    const terminal = openPseudoTerminal(['backup', homes.path('p.age')], {
      env: cleanEnvironment(gateway.home),
      cwd: homes.folder,
    })
    await terminal.shows('new passphrase')
    terminal.type('\u0003')
    expect(await terminal.ended).toBe(130)
    expect((await readdir(homes.folder)).sort()).toEqual(['identity.txt', 'phrase'])
  })
})

describe('the vault', () => {
  it('must be open, or its key be left out on purpose', async () => {
    await gateway.client.call('vault.rekey', { keeper: 'passphrase', passphrase: 'a passphrase of the vault' })
    const { home } = gateway
    await gateway.kill9()
    gateway = await startGateway({ home })
    const refused = await homes.backup(home, 'a.age')
    expect({ status: refused.status, text: refused.stderr }).toMatchObject({
      status: 77,
      text: expect.stringContaining('--without-key') as string,
    })
    expect((await homes.backup(home, 'a.age', '--without-key')).status).toBe(0)
  })

  it('is not open in the copy that lies in the home meanwhile, and that is private', async () => {
    await gateway.client.call('backup.create', { recipients: [homes.recipient] })
    const [name = ''] = await copiesLeft()
    const copy = await readFile(join(gateway.home, name), 'latin1')
    expect((await stat(join(gateway.home, name))).mode & 0o777).toBe(0o600)
    expect(copy).toContain(profileId)
    expect(copy).not.toContain(secret.slice(-12))
  })
})
