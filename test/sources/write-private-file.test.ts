import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { realHost } from '../../src/host.ts'
import { removeUnfinished, writePrivateFile } from '../../src/sources/write-private-file.ts'

const host = realHost()
let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'traseai-write-'))
  path = join(folder, '.env')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a private file', () => {
  it('is readable by its owner alone, also when it was not before', async () => {
    await writeFile(path, 'old', { mode: 0o644 })
    await writePrivateFile(host, path, 'new')
    expect(await readFile(path, 'utf8')).toBe('new')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['.env'])
  })

  it('stays as it is when it is not wanted any more once all is ready, and nothing is left behind', async () => {
    await writeFile(path, 'theirs')
    await expect(writePrivateFile(host, path, 'new', async () => false)).rejects.toMatchObject({ code: 'conflict' })
    expect(await readFile(path, 'utf8')).toBe('theirs')
    expect(await readdir(folder)).toEqual(['.env'])
  })

  it('that a kill left unfinished is removed, and nothing else', async () => {
    const others = ['.notes.tmp', '..env.0123456789ab.tmp.old', 'env.0123456789ab.tmp']
    for (const name of ['..env.0123456789ab.tmp', ...others]) await writeFile(join(folder, name), 'half')
    await removeUnfinished(folder)
    expect((await readdir(folder)).toSorted()).toEqual(others.toSorted())
    await removeUnfinished(join(folder, 'nowhere'))
  })

  it('replaces what a symbolic link points to, and keeps the link', async () => {
    await writeFile(join(folder, 'real'), 'old')
    await symlink('real', path)
    await writePrivateFile(host, path, 'new')
    expect(await readlink(path)).toBe('real')
    expect(await readFile(join(folder, 'real'), 'utf8')).toBe('new')
  })

  it('makes what a dangling link points to', async () => {
    await symlink('real', path)
    await writePrivateFile(host, path, 'new')
    expect(await readFile(join(folder, 'real'), 'utf8')).toBe('new')
  })

  it.each<readonly [string, () => Promise<unknown>]>([
    ['there is a directory of that name', () => mkdir(path)],
    ['its directory is gone', () => rm(folder, { recursive: true })],
    ['it is a link to itself', () => symlink('.env', path)],
  ])('is refused, with nothing left behind, when %s', async (_when, prepare) => {
    await prepare()
    await expect(writePrivateFile(host, path, 'new')).rejects.toMatchObject({ code: 'cannot_create' })
    await mkdir(folder, { recursive: true })
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('is refused in a directory of somebody else', async () => {
    await writeFile(path, 'old')
    await chmod(folder, 0o555)
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.('nobody')
    try {
      await expect(writePrivateFile(host, path, 'new')).rejects.toMatchObject({ code: 'cannot_create' })
    } finally {
      if (isRoot) process.seteuid?.(0)
      await chmod(folder, 0o700)
    }
    expect(await readFile(path, 'utf8')).toBe('old')
  })

  it.skipIf(!canMount())('is refused on a full disk, and the old content stays', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder])
    try {
      await writeFile(path, 'old')
      await expect(writePrivateFile(host, path, 'x'.repeat(200_000))).rejects.toMatchObject({ code: 'disk_full' })
      expect(await readFile(path, 'utf8')).toBe('old')
      expect(await readdir(folder)).toEqual(['.env'])
    } finally {
      execFileSync('umount', [folder])
    }
  })
})

/** A small file system needs the right to mount; without it the test is skipped, and the closing line says so. */
function canMount(): boolean {
  if (process.geteuid?.() !== 0) return false
  const probe = join(tmpdir(), `traseai-mount-${process.pid}`)
  try {
    execFileSync('sh', ['-c', `mkdir -p "$0" && mount -t tmpfs -o size=64k tmpfs "$0" && umount "$0"`, probe], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false // refused: that is the answer
  } finally {
    execFileSync('rmdir', [probe])
  }
}
