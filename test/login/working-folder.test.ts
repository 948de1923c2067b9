// The folder of a sign-in: empty, and with it go those that killed gateways left.
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { realHost } from '../../src/host.ts'
import { makeWorkingFolder } from '../../src/login/working-folder.ts'

it('takes away old empty ones of ours, and nothing else', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'traseai-folders-'))
  const longAgo = Date.now() / 1_000 - 7_200
  const make = (name: string, ageing: (path: string) => void): string => {
    const path = join(parent, name)
    mkdirSync(path)
    ageing(path)
    return name
  }
  const old = (path: string): void => utimesSync(path, longAgo, longAgo)
  make('traseai-login-abc123', old)
  const kept = [
    make('traseai-login-inUse1', () => {}),
    make('traseai-login-mine', old),
    make('others', old),
    make('traseai-login-filled', (path) => {
      writeFileSync(join(path, 'notes'), '')
      old(path)
    }),
  ]
  symlinkSync('others', join(parent, 'traseai-login-linked'))

  const folder = await makeWorkingFolder(realHost({ env: { TMPDIR: parent } }))
  expect(readdirSync(folder.path)).toEqual([])
  expect(readdirSync(parent).toSorted()).toEqual([...kept, 'traseai-login-linked', basename(folder.path)].toSorted())
  await folder.remove()
  expect(readdirSync(parent)).not.toContain(basename(folder.path))
})
