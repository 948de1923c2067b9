// Changes of traseai.json on disk: whole, for the owner alone, one after the other, and never over somebody else's save.
import { execFileSync } from 'node:child_process'
import { chmod, lstat, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { realHost, type Host } from '../../src/host.ts'
import type { ConfigurationChange } from '../../src/sources/configuration-edit.ts'
import { type ConfigurationSource, openConfiguration } from '../../src/sources/configuration-source.ts'

const setDefault = (model: string): ConfigurationChange => ({ path: ['models', 'default'], value: model })

/** No mode stops root, a read-only mount does. Resolves to the way back. */
async function makeReadOnly(folder: string): Promise<() => Promise<unknown>> {
  if (process.getuid?.() !== 0) {
    await chmod(folder, 0o500)
    return () => chmod(folder, 0o700)
  }
  execFileSync('mount', ['--bind', folder, folder])
  execFileSync('mount', ['-o', 'remount,bind,ro', folder])
  return async () => execFileSync('umount', [folder])
}

describe('the file itself', () => {
  let host: Host
  let path: string
  let source: ConfigurationSource
  let changes: number

  beforeEach(async () => {
    const home = await mkdtemp(join(tmpdir(), 'traseai-home-'))
    host = realHost({ env: { TRASEAI_HOME: home } })
    path = host.paths.configuration
    changes = 0
  })
  afterEach(async () => {
    await source.close()
    await rm(host.paths.home, { recursive: true, force: true })
  })
  const open = async (text?: string): Promise<void> => {
    if (text !== undefined) await writeFile(path, text)
    source = await openConfiguration({ host, onChange: () => (changes += 1) })
  }

  it('is made, for its owner alone, and the value is in use when the edit is done', async () => {
    await open()
    await source.edit([setDefault('anthropic/x')])
    expect(source.current().value.models.default).toBe('anthropic/x')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(changes).toBe(1)
  })

  it('is not written when nothing changes', async () => {
    await open('{ "models": { "default": "groq/b" } } // mine\n')
    const before = await stat(path)
    await source.edit([setDefault('groq/b')])
    expect((await stat(path)).ino).toBe(before.ino)
  })

  it('may be a symbolic link, and stays one', async () => {
    const real = join(host.paths.home, 'real.json')
    await writeFile(real, '{}')
    await symlink(real, path)
    await open()
    await source.edit([setDefault('groq/b')])
    expect((await lstat(path)).isSymbolicLink()).toBe(true)
    expect(await readFile(real, 'utf8')).toContain('groq/b')
  })

  it('holds all of many edits made at once', async () => {
    await open('{ // mine\n}')
    const ids = Array.from({ length: 40 }, (_, index) => `groq:n${index}`)
    await Promise.all(
      ids.map((id) => source.edit([{ path: ['auth', 'profiles', id], value: { provider: 'groq', kind: 'token' } }])),
    )
    expect(Object.keys(source.current().value.auth.profiles)).toEqual(ids)
    expect(await readFile(path, 'utf8')).toContain('// mine')
  })

  it('takes in what somebody saved before the edit', async () => {
    await open('{}')
    await writeFile(path, '{ "gateway": { "port": 5 } }')
    await source.edit([setDefault('groq/b')])
    expect(source.current().value).toMatchObject({ gateway: { port: 5 }, models: { default: 'groq/b' } })
  })

  it('is left alone when it is not text, and the next edit goes on', async () => {
    await open('{}')
    await writeFile(path, Buffer.from('{ "models": { "default": "a/\xff" } }', 'latin1'))
    await expect(source.edit([setDefault('groq/b')])).rejects.toMatchObject({ code: 'configuration_invalid' })
    await writeFile(path, '{}')
    await source.edit([setDefault('groq/b')])
    expect(source.current().value.models.default).toBe('groq/b')
  })

  it('that cannot be written is told, and stays as it is', async () => {
    await open('{}')
    const makeWritable = await makeReadOnly(host.paths.home)
    await expect(source.edit([setDefault('groq/b')])).rejects.toMatchObject({ code: 'cannot_create' })
    await makeWritable()
    expect(await readFile(path, 'utf8')).toBe('{}')
  })
})
