// The files that describe a service, on a real disk.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { refuseForeign, removeServiceFile, writeServiceFile } from '../../src/service/service-files.ts'

const freshFolder = (): string => mkdtempSync(join(tmpdir(), 'service-files-'))
const isOurs = (text: string): boolean => text.startsWith('# ours')

test('a file is made with its folder, for everybody to read, and is left alone when nothing changes', async () => {
  const path = join(freshFolder(), 'units/traseai.service')
  const umask = process.umask(0o077)
  const change = await writeServiceFile(path, '# ours\n').finally(() => process.umask(umask))
  expect(change).toEqual({ path, change: 'created' })
  expect(statSync(path).mode & 0o777).toBe(0o644)
  const { ino } = statSync(path)
  expect(await writeServiceFile(path, '# ours\n')).toEqual({ path, change: 'unchanged' })
  expect(statSync(path).ino).toBe(ino)
  expect(await writeServiceFile(path, '# ours, anew\n')).toEqual({ path, change: 'updated' })
})

test('a file of somebody else is neither replaced nor removed', async () => {
  const path = join(freshFolder(), 'traseai.service')
  writeFileSync(path, 'theirs\n')
  await expect(refuseForeign(path, isOurs)).rejects.toMatchObject({ code: 'already_exists' })
  expect(await removeServiceFile(path, isOurs)).toBeNull()
  expect(readFileSync(path, 'utf8')).toBe('theirs\n')
})

test("what cannot be read may be anybody's, and stays", async () => {
  const folder = freshFolder()
  const path = join(folder, 'traseai.service')
  mkdirSync(path)
  for (const touch of [
    () => refuseForeign(path, isOurs),
    () => writeServiceFile(path, '# ours\n'),
    () => removeServiceFile(path, isOurs),
  ]) {
    await expect(touch()).rejects.toMatchObject({ code: 'file_unreadable' })
  }
  expect(readdirSync(folder)).toEqual(['traseai.service'])
})

test('a write that fails leaves what was there, and nothing beside it', async () => {
  const folder = freshFolder()
  // As long as names may be, so that none can be made of it for the new text.
  const name = `${'x'.repeat(245)}.service`
  const path = join(folder, name)
  writeFileSync(path, '# ours\n')
  await expect(writeServiceFile(path, '# ours, anew\n')).rejects.toMatchObject({ code: 'cannot_create' })
  expect(readdirSync(folder)).toEqual([name])
  expect(readFileSync(path, 'utf8')).toBe('# ours\n')
})
