// A restore that is killed, and what the next one or the next start makes of what it left.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runCli } from '../cli/run-cli.ts'
import { cleanEnvironment, programPath } from '../support/gateway-process.ts'
import { type BackedUpHomes, openBackedUpHomes, secret } from './backed-up-homes.ts'

let homes: BackedUpHomes

beforeEach(async () => (homes = await openBackedUpHomes()))
afterEach(() => homes.remove())

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

it('a restore that is killed leaves the old home or the new one at any moment, and the next one clears up', async () => {
  const { home } = await homes.makeBackup('a')
  for (let round = 0; round < 12; round += 1) {
    await writeFile(join(home, 'old'), '')
    await killedAfter(home, 150 + round * 25)
    // Old and whole with its mark, or new and whole without.
    const env = await readFile(join(home, '.env'), 'utf8')
    expect(env).toContain('# mine')
    expect(
      (await runCli(home, ['--no-start', 'backup', homes.path('again.age'), '--recipient', homes.recipient, '--force']))
        .status,
    ).toBe(0)
    expect((await homes.restore('again.age', home, '--check')).status).toBe(0)
  }
  expect((await homes.restore('a.age', home, '--force')).status).toBe(0)
  const left = (await readdir(homes.folder)).filter((name) => name.includes('restoring-'))
  for (const name of left) expect(existsSync(homes.path(join(name, '.restore-unfinished'))), name).toBe(false)
  expect(await homes.revealed(home)).toBe(secret)
})

it('a restore that is killed between its last two steps is told by the next start, which begins no new history', async () => {
  const { home } = await homes.makeBackup('a')
  const stray = homes.path('.a-home.restoring-0123456789ab')
  await rename(home, stray)
  const { status, stderr } = await runCli(home, ['gateway', 'run'])
  expect(status).toBe(73)
  expect(stderr).toContain(`finish it: mv ${stray} ${home}`)
  expect(existsSync(home)).toBe(false)
  await rename(stray, home)
  expect(await homes.revealed(home)).toBe(secret)
})

it('a restore that is killed in a mount point is told by the next start as well', async () => {
  const { home } = await homes.makeBackup('a')
  await writeFile(join(home, '.restore-unfinished'), '')
  expect((await runCli(home, ['gateway', 'run'])).stderr).toContain('was ended in the middle')
  expect((await homes.restore('a.age', home, '--force')).status).toBe(0)
  expect(await homes.revealed(home)).toBe(secret)
})

it('a restore that is killed is cleared up by the next start of a gateway: what it unpacked is not sealed', async () => {
  const { home } = await homes.makeBackup('a')
  const left = homes.path('.a-home.restoring-0123456789ab')
  await mkdir(left)
  await writeFile(join(left, '.restore-unfinished'), '')
  await writeFile(join(left, '.env'), 'OPENAI_API_KEY=sk-test-in-the-clear')
  await homes.stop(await homes.start(home))
  expect(existsSync(left)).toBe(false)
})
