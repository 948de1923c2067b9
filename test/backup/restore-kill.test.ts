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

/** The folder that a restore works in, null when there is none. */
const workingFolder = async (): Promise<string | null> =>
  (await readdir(homes.folder)).find((name) => name.includes('.restoring-')) ?? null

/** True when a name is in the folder of the restore that is under way. */
const hasMade = (name: string) => async (): Promise<boolean> => {
  const folder = await workingFolder()
  return folder !== null && existsSync(homes.path(join(folder, name)))
}

const moments: Readonly<Record<string, () => Promise<boolean>>> = {
  'before it has begun': async () => true,
  'when it has a folder': async () => (await workingFolder()) !== null,
  'when it has the first bytes of the database': hasMade('traseai.db'),
  'when all files are there': hasMade('agents/main/agent/.auth-profiles.last.json'),
  'when everything is checked': hasMade('restored.json'),
  'when it is about to take the place': hasMade('gateway.lock'),
  'when the old home is kept': async () =>
    (await readdir(homes.folder)).some((name) => name.includes('before-restore')),
}

/** Kills a restore at a moment; one that is too quick for it ends by itself. */
async function killedWhen(home: string, isMoment: () => Promise<boolean>): Promise<void> {
  const args = ['restore', homes.path('a.age'), '--identity', homes.identity, '--force']
  const child = spawn(process.execPath, [programPath, ...args], {
    env: cleanEnvironment(home, { HOME: homes.folder }),
    stdio: 'ignore',
  })
  const closed = new Promise((resolve) => child.once('close', resolve))
  while (child.exitCode === null && !(await isMoment()));
  child.kill('SIGKILL')
  await closed
}

it.each(Object.keys(moments))(
  'a restore that is killed %s leaves the old home or the new one, and the next one clears up',
  async (moment) => {
    const { home } = await homes.makeBackup('a')
    await writeFile(join(home, 'old'), '')
    await killedWhen(home, moments[moment] ?? (async () => true))
    expect(await readFile(join(home, '.env'), 'utf8')).toContain('# mine')
    expect((await homes.backup(home, 'again.age')).status).toBe(0) // which checks nothing, but this does:
    expect((await homes.restore('again.age', home, '--check')).status).toBe(0)
    expect((await homes.restore('a.age', home, '--force')).status).toBe(0)
    const folder = await workingFolder()
    if (folder !== null) expect(existsSync(homes.path(join(folder, '.restore-unfinished')))).toBe(false)
    expect(await homes.revealed(home)).toBe(secret)
  },
)

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
