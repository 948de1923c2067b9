// A sign-in where npm was not allowed to build what it needs: everything else works, and it says what to do.
import { spawnSync } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cleanEnvironment, freshHome, projectRoot } from '../support/gateway-process.ts'

let folder: string
let home: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'traseai-unbuilt-'))
  home = await freshHome()
  for (const part of ['bin', 'dist', 'migrations', 'package.json']) {
    await cp(join(projectRoot, part), join(folder, part), { recursive: true })
  }
  await mkdir(join(folder, 'node_modules'))
  for (const name of ['better-sqlite3', 'koffi']) {
    await symlink(join(projectRoot, 'node_modules', name), join(folder, 'node_modules', name))
  }
  await writeFile(join(folder, 'claude'), '#!/bin/sh\n')
  await chmod(join(folder, 'claude'), 0o755)
})
afterAll(async () => {
  run('gateway', 'stop')
  for (const each of [folder, home]) await rm(each, { recursive: true, force: true })
})

function run(...args: string[]) {
  const env = cleanEnvironment(home, { PATH: `${folder}:/usr/bin:/bin` })
  return spawnSync(process.execPath, [join(folder, 'bin', 'traseai.js'), ...args], { env, input: '', encoding: 'utf8' })
}

it('a sign-in without the native part of its terminal is refused with what to install, each time', () => {
  expect(run('models', 'status').status).toBe(0)
  for (const _time of [1, 2]) {
    const { status, stderr } = run('models', 'auth', 'setup-token', '--provider', 'anthropic')
    expect({ status, stderr }).toMatchObject({
      status: 69,
      stderr: expect.stringContaining('--allow-scripts=') as string,
    })
  }
})
