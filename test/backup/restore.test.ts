// A home made of a backup: on another machine, in the place of another home, and after a kill in the middle.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Restored } from '../../src/backup/restore-into.ts'
import { runCli } from '../cli/run-cli.ts'
import {
  cleanEnvironment,
  freshHome,
  type GatewayProcess,
  programPath,
  startGateway,
} from '../support/gateway-process.ts'
import { itOnSmallDisk, mountSmallDisk } from '../support/small-disk.ts'
import { openSealedHomes, type SealedHomes } from './sealed-homes.ts'

const secret = 'sk-ant-test-0123456789abcdefghijklmnop'
const profileId = 'anthropic:work'

let homes: SealedHomes
const running = new Set<GatewayProcess>()

beforeEach(async () => (homes = await openSealedHomes()))
afterEach(async () => {
  for (const gateway of running) await gateway.stop()
  running.clear()
  await homes.remove()
})

async function start(home: string, env: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
  const gateway = await startGateway({ home, env })
  running.add(gateway)
  return gateway
}

async function stop(gateway: GatewayProcess): Promise<void> {
  running.delete(gateway)
  await gateway.stop()
}

/** A home with a key in `.env` and a stored one, and its backup. */
async function makeBackup(
  name: string,
  env: Readonly<Record<string, string>> = {},
  configuration: Readonly<Record<string, unknown>> = {},
): Promise<{ home: string; position: number }> {
  const home = homes.path(`${name}-home`)
  await mkdir(home, { mode: 0o700 })
  await writeFile(join(home, 'traseai.json'), JSON.stringify({ gateway: { port: 0 }, ...configuration }), {
    mode: 0o600,
  })
  await writeFile(join(home, '.env'), '# mine\nOPENAI_API_KEY=sk-test-kept-in-the-env-file\n', { mode: 0o600 })
  const gateway = await start(home, env)
  await gateway.client.call('credentials.add', { profileId, provider: 'anthropic', kind: 'api_key', secret })
  const { stdout, stderr } = await homes.backup(home, `${name}.age`, '--json')
  if (stdout === '') throw new Error(stderr)
  await stop(gateway)
  return { home, position: (JSON.parse(stdout) as { position: number }).position }
}

async function revealed(home: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const gateway = await start(home, env)
  const found = await gateway.client.call('credentials.reveal', { profileId })
  await stop(gateway)
  return found.secret
}

describe('a home that is not there', () => {
  it('is made, private, with every file as it was', async () => {
    const { home } = await makeBackup('a')
    const restored = homes.path('elsewhere')
    expect((await homes.restore('a.age', restored)).status).toBe(0)
    for (const name of ['.env', 'traseai.json', 'vault.key', join('agents', 'main', 'agent', 'auth-profiles.json')]) {
      expect(await readFile(join(restored, name), 'utf8'), name).toBe(await readFile(join(home, name), 'utf8'))
      expect((await stat(join(restored, name))).mode & 0o777, name).toBe(0o600)
    }
    expect((await stat(restored)).mode & 0o777).toBe(0o700)
    expect((await stat(join(restored, 'agents', 'main'))).mode & 0o777).toBe(0o700)
    expect(await revealed(restored)).toBe(secret)
  })

  it('goes on with the history where the backup ended, and says that it began again', async () => {
    const { position } = await makeBackup('a')
    const home = homes.path('elsewhere')
    await homes.restore('a.age', home)
    for (const expected of [1, 1]) {
      const gateway = await start(home)
      const { events } = await gateway.client.call('audit.log', { type: 'HomeRestored' })
      expect(events).toHaveLength(expected)
      expect(events[0]).toMatchObject({ position: position + 1, actor: { kind: 'gateway' }, data: { position } })
      await stop(gateway)
    }
    expect(existsSync(join(home, 'restored.json'))).toBe(false)
  })

  it('is refused where its folder is not there either', async () => {
    await makeBackup('a')
    expect((await homes.restore('a.age', homes.path('no/such/home'))).status).toBe(66)
  })
})

describe('a home that is there', () => {
  it('is left alone while a gateway serves it', async () => {
    const { home } = await makeBackup('a')
    const gateway = await start(home)
    const { status, stderr } = await homes.restore('a.age', home, '--force')
    expect(status).toBe(75)
    expect(stderr).toContain(`a gateway already serves ${home} (pid ${gateway.pid})`)
  })

  it('is left alone without --force when there is anything in it', async () => {
    const { home } = await makeBackup('a')
    const before = await readdir(home)
    const { status, stderr } = await homes.restore('a.age', home)
    expect(status).toBe(73)
    expect(stderr).toContain('is not empty')
    expect(await readdir(home)).toEqual(before)
  })

  it('is kept aside with --force, whole', async () => {
    const { home } = await makeBackup('a')
    await writeFile(join(home, '.env'), 'OPENAI_API_KEY=sk-test-written-after-the-backup\n')
    const { status, stdout } = await homes.restore('a.age', home, '--force', '--json')
    expect(status).toBe(0)
    const { kept } = JSON.parse(stdout) as { kept: string }
    expect(kept).toMatch(/a-home\.before-restore-\d{8}-\d{6}$/)
    expect(await readFile(join(kept, '.env'), 'utf8')).toContain('after-the-backup')
    expect(await readFile(join(home, '.env'), 'utf8')).toContain('# mine')
    expect(await revealed(home)).toBe(secret)
    expect(await revealed(kept)).toBe(secret)
  })

  it('needs no --force when it is empty, and nothing of it is kept', async () => {
    await makeBackup('a')
    const home = homes.path('empty')
    await mkdir(home)
    await chmod(home, 0o755)
    expect((await homes.restore('a.age', home)).status).toBe(0)
    expect((await stat(home)).mode & 0o777).toBe(0o700)
    expect((await readdir(homes.folder)).filter((name) => name.startsWith('empty'))).toEqual(['empty'])
  })

  it('may be a link, and stays one', async () => {
    const { home } = await makeBackup('a')
    const link = homes.path('link')
    await symlink(home, link)
    expect((await homes.restore('a.age', link, '--force')).status).toBe(0)
    expect(await readlink(link)).toBe(home)
    expect(await revealed(link)).toBe(secret)
  })

  it('is never a folder that somebody else lives in', async () => {
    await makeBackup('a')
    const project = homes.path('project')
    await mkdir(project)
    await writeFile(join(project, 'thesis.txt'), 'years of work')
    const { status, stderr } = await homes.restore('a.age', project, '--force')
    expect(status).toBe(64)
    expect(stderr).toContain('not a home of TraseAI')
    expect(await readdir(project)).toEqual(['thesis.txt'])
  })

  itOnSmallDisk('may be a mount point: what was there goes into a folder in it', async () => {
    await makeBackup('a')
    const home = await freshHome()
    mountSmallDisk(home, '8m')
    expect((await homes.restore('a.age', home)).status).toBe(0)
    expect(await revealed(home)).toBe(secret)
    const { status, stdout } = await homes.restore('a.age', home, '--force', '--json')
    expect(status).toBe(0)
    const { kept } = JSON.parse(stdout) as { kept: string }
    expect(basename(kept)).toMatch(/^before-restore-/)
    expect(existsSync(join(kept, 'traseai.db'))).toBe(true)
    expect(await revealed(home)).toBe(secret)
    expect((await readdir(home)).filter((name) => name.startsWith('.'))).toEqual(['.env'])
  })

  itOnSmallDisk('is refused, and left as it was, when the disk has no room for another', async () => {
    const { home } = await makeBackup('a')
    const disk = await freshHome()
    mountSmallDisk(disk, '100k')
    const { status, stderr } = await homes.restore('a.age', join(disk, 'home'))
    expect(status).toBe(73)
    expect(stderr).toMatch(/needs \d+ MiB|the disk is full|no space left/)
    expect(await readdir(disk)).toEqual([])
    expect(existsSync(home)).toBe(true)
  })
})

describe('the keeper of the master key', () => {
  const keeperOf = async (home: string, ...more: string[]): Promise<Pick<Restored, 'notes'> & { keeper: string }> => {
    const { stdout, stderr } = await homes.restore('a.age', home, '--json', ...more)
    if (stdout === '') throw new Error(stderr)
    return JSON.parse(stdout) as Pick<Restored, 'notes'> & { keeper: string }
  }

  it('is the key file where systemd had it, because no command can see what systemd has', async () => {
    const credentials = homes.path('credentials')
    await mkdir(credentials)
    await writeFile(join(credentials, 'traseai-master-key'), randomBytes(32).toString('base64'))
    const asService = { CREDENTIALS_DIRECTORY: credentials }
    await makeBackup('a', asService)
    const home = homes.path('elsewhere')
    const { keeper, notes } = await keeperOf(home)
    expect(keeper).toBe('key-file')
    expect(notes.join()).toContain('the master key lies in vault.key of the home now')
    expect(await revealed(home)).toBe(secret)

    const same = homes.path('same')
    expect((await keeperOf(same, '--keeper', 'same')).keeper).toBe('systemd')
    expect(existsSync(join(same, 'vault.key'))).toBe(false)
    expect(await revealed(same, asService)).toBe(secret)
  })

  it('stays the passphrase, unless nobody knows it any more', async () => {
    const phrase = homes.path('phrase')
    await writeFile(phrase, 'a passphrase of the vault')
    await makeBackup('a', {}, { vault: { keeper: 'passphrase', passphraseFile: phrase } })
    const home = homes.path('elsewhere')
    expect((await keeperOf(home)).keeper).toBe('passphrase')
    expect(existsSync(join(home, 'vault.key'))).toBe(false)
    expect(await revealed(home)).toBe(secret)

    await rm(phrase)
    const other = homes.path('forgotten')
    expect((await keeperOf(other, '--keeper', 'key-file')).keeper).toBe('key-file')
    expect(await revealed(other)).toBe(secret)
  })

  it('needs what it had when the key was left out', async () => {
    const home = await freshHome()
    const gateway = await start(home)
    await gateway.client.call('credentials.add', { profileId, provider: 'anthropic', kind: 'api_key', secret })
    expect((await homes.backup(home, 'a.age', '--without-key')).stderr).toContain(
      'open only where their master key still is',
    )
    await stop(gateway)
    const elsewhere = homes.path('elsewhere')
    expect((await keeperOf(elsewhere)).notes.join()).toContain('the backup has no master key')
    expect(existsSync(join(elsewhere, 'vault.key'))).toBe(false)
    await rm(home, { recursive: true })
  })
})

describe('a restore that is killed', () => {
  /** Kills a restore some milliseconds after its start. */
  async function killedAfter(home: string, delayMs: number): Promise<void> {
    const args = ['restore', homes.path('a.age'), '--identity', homes.identity, '--force']
    const child = spawn(process.execPath, [programPath, ...args], {
      env: cleanEnvironment(home, { HOME: homes.folder }),
      stdio: 'ignore',
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), delayMs)
    await new Promise((resolve) => child.once('close', resolve))
    clearTimeout(timer)
  }

  it('leaves the old home or the new one at any moment, and the next one clears up', async () => {
    const { home } = await makeBackup('a')
    for (let round = 0; round < 12; round += 1) {
      await writeFile(join(home, 'old'), '')
      await killedAfter(home, 150 + round * 25)
      // Old and whole with its mark, or new and whole without.
      const env = await readFile(join(home, '.env'), 'utf8')
      expect(env).toContain('# mine')
      expect(
        (
          await runCli(home, [
            '--no-start',
            'backup',
            homes.path('again.age'),
            '--recipient',
            homes.recipient,
            '--force',
          ])
        ).status,
      ).toBe(0)
      expect((await homes.restore('again.age', home, '--check')).status).toBe(0)
    }
    expect((await homes.restore('a.age', home, '--force')).status).toBe(0)
    const left = (await readdir(homes.folder)).filter((name) => name.includes('restoring-'))
    for (const name of left) expect(existsSync(homes.path(join(name, '.restore-unfinished'))), name).toBe(false)
    expect(await revealed(home)).toBe(secret)
  })

  it('between its last two steps is told by the next start, which begins no new history', async () => {
    const { home } = await makeBackup('a')
    const stray = homes.path('.a-home.restoring-0123456789ab')
    await rename(home, stray)
    const { status, stderr } = await runCli(home, ['gateway', 'run'])
    expect(status).toBe(73)
    expect(stderr).toContain(`finish it: mv ${stray} ${home}`)
    expect(existsSync(home)).toBe(false)
    await rename(stray, home)
    expect(await revealed(home)).toBe(secret)
  })

  it('in a mount point is told by the next start as well', async () => {
    const { home } = await makeBackup('a')
    await writeFile(join(home, '.restore-unfinished'), '')
    expect((await runCli(home, ['gateway', 'run'])).stderr).toContain('was ended in the middle')
    expect((await homes.restore('a.age', home, '--force')).status).toBe(0)
    expect(await revealed(home)).toBe(secret)
  })

  it('is cleared up by the next start of a gateway: what it unpacked is not sealed', async () => {
    const { home } = await makeBackup('a')
    const left = homes.path('.a-home.restoring-0123456789ab')
    await mkdir(left)
    await writeFile(join(left, '.restore-unfinished'), '')
    await writeFile(join(left, '.env'), 'OPENAI_API_KEY=sk-test-in-the-clear')
    await stop(await start(home))
    expect(existsSync(left)).toBe(false)
  })
})
