// A home made of a backup: where none is, and in the place of another.
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshHome } from '../support/gateway-process.ts'
import { itAsOtherUser, otherUid } from '../support/other-user.ts'
import { itOnSmallDisk, mountSmallDisk } from '../support/small-disk.ts'
import { type BackedUpHomes, openBackedUpHomes, secret } from './backed-up-homes.ts'

let homes: BackedUpHomes

beforeEach(async () => (homes = await openBackedUpHomes()))
afterEach(() => homes.remove())

describe('a home that is not there', () => {
  it('is made, private, with every file as it was', async () => {
    const { home } = await homes.makeBackup('a')
    const restored = homes.path('elsewhere')
    expect((await homes.restore('a.age', restored)).status).toBe(0)
    for (const name of ['.env', 'traseai.json', 'vault.key', join('agents', 'main', 'agent', 'auth-profiles.json')]) {
      expect(await readFile(join(restored, name), 'utf8'), name).toBe(await readFile(join(home, name), 'utf8'))
      expect((await stat(join(restored, name))).mode & 0o777, name).toBe(0o600)
    }
    expect((await stat(restored)).mode & 0o777).toBe(0o700)
    expect((await stat(join(restored, 'agents', 'main'))).mode & 0o777).toBe(0o700)
    expect(await homes.revealed(restored)).toBe(secret)
  })

  it('goes on with the history where the backup ended, and says that it began again', async () => {
    const { position } = await homes.makeBackup('a')
    const home = homes.path('elsewhere')
    await homes.restore('a.age', home)
    for (const expected of [1, 1]) {
      const gateway = await homes.start(home)
      const { events } = await gateway.client.call('audit.log', { type: 'HomeRestored' })
      expect(events).toHaveLength(expected)
      expect(events[0]).toMatchObject({ position: position + 1, actor: { kind: 'gateway' }, data: { position } })
      await homes.stop(gateway)
    }
    expect(existsSync(join(home, 'restored.json'))).toBe(false)
  })

  it('is refused where its folder is not there either', async () => {
    await homes.makeBackup('a')
    expect((await homes.restore('a.age', homes.path('no/such/home'))).status).toBe(66)
  })
})

describe('a home that is there', () => {
  it('is left alone while a gateway serves it', async () => {
    const { home } = await homes.makeBackup('a')
    const gateway = await homes.start(home)
    const { status, stderr } = await homes.restore('a.age', home, '--force')
    expect(status).toBe(75)
    expect(stderr).toContain(`a gateway already serves ${home} (pid ${gateway.pid})`)
  })

  it('is left alone without --force when there is anything in it', async () => {
    const { home } = await homes.makeBackup('a')
    const before = await readdir(home)
    const { status, stderr } = await homes.restore('a.age', home)
    expect(status).toBe(73)
    expect(stderr).toContain('is not empty')
    expect(await readdir(home)).toEqual(before)
  })

  it('is kept aside with --force, whole', async () => {
    const { home } = await homes.makeBackup('a')
    await writeFile(join(home, '.env'), 'OPENAI_API_KEY=sk-test-written-after-the-backup\n')
    const { status, stdout } = await homes.restore('a.age', home, '--force', '--json')
    expect(status).toBe(0)
    const { kept } = JSON.parse(stdout) as { kept: string }
    expect(kept).toMatch(/a-home\.before-restore-\d{8}-\d{6}$/)
    expect(await readFile(join(kept, '.env'), 'utf8')).toContain('after-the-backup')
    expect(await readFile(join(home, '.env'), 'utf8')).toContain('# mine')
    expect(await homes.revealed(home)).toBe(secret)
    expect(await homes.revealed(kept)).toBe(secret)
  })

  it('needs no --force when it is empty, and nothing of it is kept', async () => {
    await homes.makeBackup('a')
    const home = homes.path('empty')
    await mkdir(home)
    await chmod(home, 0o755)
    expect((await homes.restore('a.age', home)).status).toBe(0)
    expect((await stat(home)).mode & 0o777).toBe(0o700)
    expect((await readdir(homes.folder)).filter((name) => name.startsWith('empty'))).toEqual(['empty'])
  })

  it('may be a link, and stays one', async () => {
    const { home } = await homes.makeBackup('a')
    const link = homes.path('link')
    await symlink(home, link)
    expect((await homes.restore('a.age', link, '--force')).status).toBe(0)
    expect(await readlink(link)).toBe(home)
    expect(await homes.revealed(link)).toBe(secret)
  })

  it('is never a folder that somebody else lives in', async () => {
    await homes.makeBackup('a')
    const project = homes.path('project')
    await mkdir(project)
    await writeFile(join(project, 'thesis.txt'), 'years of work')
    const { status, stderr } = await homes.restore('a.age', project, '--force')
    expect(status).toBe(64)
    expect(stderr).toContain('not a home of TraseAI')
    expect(await readdir(project)).toEqual(['thesis.txt'])
  })

  itAsOtherUser("may be somebody else's, when root restores it: all of it is theirs again", async () => {
    const { home } = await homes.makeBackup('a')
    await rm(join(home, 'gateway.lock'))
    await chown(home, otherUid, otherUid)
    expect((await homes.restore('a.age', home, '--force')).status).toBe(0)
    const entries = await readdir(home, { recursive: true })
    for (const name of ['', ...entries]) expect((await stat(join(home, name))).uid, name).toBe(otherUid)
    expect(entries).toContain('gateway.lock')
  })

  itOnSmallDisk('may be a mount point: what was there goes into a folder in it', async () => {
    await homes.makeBackup('a')
    const home = await freshHome()
    mountSmallDisk(home, '8m')
    expect((await homes.restore('a.age', home)).status).toBe(0)
    expect(await homes.revealed(home)).toBe(secret)
    const { status, stdout } = await homes.restore('a.age', home, '--force', '--json')
    expect(status).toBe(0)
    const { kept } = JSON.parse(stdout) as { kept: string }
    expect(basename(kept)).toMatch(/^before-restore-/)
    expect(existsSync(join(kept, 'traseai.db'))).toBe(true)
    expect(await homes.revealed(home)).toBe(secret)
    expect((await readdir(home)).filter((name) => name.startsWith('.'))).toEqual(['.env'])
  })

  itOnSmallDisk('is refused, and left as it was, when the disk has no room for another', async () => {
    const { home } = await homes.makeBackup('a')
    const disk = await freshHome()
    mountSmallDisk(disk, '100k')
    const { status, stderr } = await homes.restore('a.age', join(disk, 'home'))
    expect(status).toBe(73)
    expect(stderr).toMatch(/needs \d+ MiB|the disk is full|no space left/)
    expect(await readdir(disk)).toEqual([])
    expect(existsSync(home)).toBe(true)
  })
})
