// auth-profiles.json broken, cut, gone, out of step or on a full disk: nothing is lost, and nothing of anybody's is written over.
import { cp, mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { freshHome, type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import {
  directoryOf,
  editEvents,
  editProfiles,
  hasOrder,
  idsOf,
  keptNames,
  orderOf,
  problem,
  problemsOf,
  profilesOf,
  profilesPath,
  showsProfiles,
  store,
  textAt,
} from '../support/profiles-home.ts'
import { itOnSmallDisk, mountSmallDisk } from '../support/small-disk.ts'
import { until } from '../support/until.ts'

const names = ['anthropic:one', 'anthropic:two']
let home: string
let gateway: GatewayProcess
const set = (profileIds: readonly string[], agent = 'main'): Promise<unknown> =>
  gateway.client.call('order.set', { provider: 'anthropic', agent, profileIds: [...profileIds] })
const remembered = (): string => join(directoryOf(home), '.auth-profiles.last.json')

beforeEach(async () => {
  home = await freshHome()
  gateway = await startGateway({ home })
  await store(gateway.client, 'one')
  await store(gateway.client, 'two')
  await set(names)
})
afterEach(async () => {
  await gateway.stop()
  await rm(home, { recursive: true, force: true })
})

/** The gateway is killed and started again, with something done to its files meanwhile. */
async function crash(change: () => Promise<unknown>): Promise<void> {
  await gateway.kill9()
  await change()
  gateway = await startGateway({ home })
}

/** Everything is there, and the file shows it. */
async function nothingIsLost(): Promise<void> {
  await showsProfiles(home, ({ profiles }) => Object.keys(profiles).join() === names.join())
  expect((await profilesOf(home)).order).toEqual({ anthropic: names })
  expect(await idsOf(gateway.client)).toEqual(names)
  expect(await orderOf(gateway.client)).toEqual(names)
  expect(await editEvents(gateway.client)).toEqual([])
}

describe('a file that cannot be used', () => {
  it.each<readonly [string, string, (path: string) => Promise<unknown>]>([
    ['broken', 'broken syntax: ', (path) => writeFile(path, '{"profiles": {}} and more', { mode: 0o644 })],
    ['empty', 'is empty', (path) => truncate(path, 0)],
    ['of another shape', '"profiles" is missing', (path) => writeFile(path, '{"profils":{}}')],
    ['too large', 'is too large', (path) => writeFile(path, Buffer.alloc(2_000_000, ' '))],
    ['a directory', 'is a directory', (path) => rm(path).then(() => mkdir(path))],
    ['a pipe', 'is not a regular file', async (path) => (await rm(path), execFileSync('mkfifo', [path]))],
  ])('because it is %s is kept aside, told, and written anew', async (what, words, breakIt) => {
    await breakIt(profilesPath(home))
    const told = await problem(gateway.client, words)
    await until(async () => (await keptNames(home)).length === 1)
    const [kept = ''] = await keptNames(home)
    expect(kept).toMatch(/^auth-profiles\.json\.broken-\d{8}-\d{6}$/)
    if (what === 'broken') {
      expect((await stat(join(directoryOf(home), kept))).mode & 0o777).toBe(0o600)
      expect(await readFile(join(directoryOf(home), kept), 'utf8')).toBe('{"profiles": {}} and more')
    }
    await nothingIsLost()
    expect(told.file).toBe(profilesPath(home))
    expect(await problem(gateway.client, `kept as ${kept}`)).toMatchObject({
      hint: expect.stringContaining(kept) as string,
    })
    const { check } = await gateway.client.call('models.status', {})
    expect(check).toMatchObject({ exitCode: 0, problems: [{ code: 'profiles_file' }] })
    await rm(join(directoryOf(home), kept), { recursive: true })
    await until(async () => (await problemsOf(gateway.client)).length === 0)
  })

  it('is told at the start, before it is kept aside, and forgiven when it is mended in time', async () => {
    const text = await readFile(profilesPath(home))
    await crash(() => writeFile(profilesPath(home), text.subarray(0, 50)))
    expect(await problemsOf(gateway.client)).toMatchObject([
      { line: 4, message: expect.stringContaining('broken') as string },
    ])
    await writeFile(profilesPath(home), text)
    await until(async () => (await problemsOf(gateway.client)).length === 0)
    expect(await keptNames(home)).toEqual([])
    await nothingIsLost()
  })

  it('stays where it is when ten of them are kept already', async () => {
    const kept = Array.from({ length: 10 }, (_, index) => `auth-profiles.json.broken-20260101-00000${index}`)
    await Promise.all(kept.map((name) => writeFile(join(directoryOf(home), name), 'x')))
    await writeFile(profilesPath(home), 'mine')
    await problem(gateway.client, 'it stays where it is: many broken ones')
    await store(gateway.client, 'three')
    expect(await readFile(profilesPath(home), 'utf8')).toBe('mine')
    expect(await keptNames(home)).toHaveLength(10)
  })

  it('because it was cut at any hundredth byte takes nothing away', async () => {
    const agents = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7']
    for (const agent of agents) {
      await store(gateway.client, agent, agent)
      await set([`anthropic:${agent}`], agent)
    }
    const before = await idsOf(gateway.client)
    const whole = await Promise.all(agents.map((agent) => readFile(profilesPath(home, agent), 'utf8')))
    const cut = agents.filter((_, index) => index * 100 < (whole[index]?.length ?? 0))
    await Promise.all(cut.map((agent) => truncate(profilesPath(home, agent), agents.indexOf(agent) * 100)))
    for (const agent of cut) {
      await until(async () => (await keptNames(home, agent)).length === 1)
      await until(async () => (await textAt(profilesPath(home, agent))) === whole[agents.indexOf(agent)])
      expect(await orderOf(gateway.client, agent)).toEqual([`anthropic:${agent}`])
    }
    expect(cut.length).toBeGreaterThan(2)
    expect(await idsOf(gateway.client)).toEqual(before)
    expect(await editEvents(gateway.client)).toEqual([])
  })
})

describe('a file that is gone', () => {
  it('is written again, and nothing is removed', async () => {
    await rm(profilesPath(home))
    await nothingIsLost()
  })

  it('together with its directory, or while no gateway runs, is written again', async () => {
    await crash(() => rm(join(home, 'agents'), { recursive: true }))
    await nothingIsLost()
    await rm(join(home, 'agents'), { recursive: true })
    await nothingIsLost()
  })
})

describe('a block that is cut out, to be pasted in elsewhere', () => {
  it('and is back in time, is no removal', async () => {
    const text = await readFile(profilesPath(home), 'utf8')
    await editProfiles(home, (file) => delete file.profiles['anthropic:one'])
    await writeFile(profilesPath(home), text.replace('"version": 1', '"version":1'))
    await until(async () => (await textAt(profilesPath(home))) === text)
    await nothingIsLost()
  })
})

describe('after a crash between two writes', () => {
  it('without what is remembered, nothing is removed', async () => {
    await crash(async () => {
      await rm(remembered())
      await editProfiles(home, (file) => delete file.profiles['anthropic:one'])
    })
    await nothingIsLost()
  })

  it('with what was remembered before, nothing is removed', async () => {
    const older = await readFile(remembered())
    await store(gateway.client, 'three')
    await crash(async () => {
      await writeFile(remembered(), older)
      await editProfiles(home, (file) => delete file.profiles['anthropic:three'])
    })
    await showsProfiles(home, ({ profiles }) => 'anthropic:three' in profiles)
    expect(await idsOf(gateway.client)).toHaveLength(3)
  })

  it('with the file from before, what was stored since stays, and what was removed since does not come back', async () => {
    const older = await readFile(profilesPath(home))
    await store(gateway.client, 'three')
    await gateway.client.call('credentials.remove', { profileId: 'anthropic:one' })
    await crash(() => writeFile(profilesPath(home), older))
    await showsProfiles(home, ({ profiles }) => 'anthropic:three' in profiles)
    expect(await idsOf(gateway.client)).toEqual(['anthropic:three', 'anthropic:two'])
    expect(await editEvents(gateway.client)).toEqual([])
    expect(await problemsOf(gateway.client)).toEqual([])
  })

  it('with half of what is remembered, nothing is removed', async () => {
    await crash(async () => {
      await truncate(remembered(), 40)
      await editProfiles(home, (file) => delete file.profiles['anthropic:one'])
    })
    await nothingIsLost()
  })
})

describe('a file of another home', () => {
  it('removes nothing here', async () => {
    const other = await startGateway()
    await store(other.client, 'elsewhere')
    await cp(profilesPath(other.home), profilesPath(home))
    await problem(gateway.client, 'refers to a secret that is not kept for this agent')
    expect(await idsOf(gateway.client)).toEqual(names)
    expect(await orderOf(gateway.client)).toEqual(names)
    await other.stop()
  })
})

describe('a full disk', () => {
  itOnSmallDisk('is told once, keeps the file as it is, and the file is written when there is room', async () => {
    const disk = mkdtempSync(join(tmpdir(), 'traseai-full-'))
    onTestFinished(() => rmSync(disk, { recursive: true, force: true })) // after the disk itself has gone
    mountSmallDisk(disk, '64k')
    await crash(async () => {
      await cp(join(home, 'agents'), disk, { recursive: true })
      await rm(join(home, 'agents'), { recursive: true })
      await rename(await linkTo(disk), join(home, 'agents'))
    })
    const ballast = join(disk, 'ballast')
    expect(() => {
      for (;;) writeFileSync(ballast, Buffer.alloc(4_096), { flag: 'a' })
    }).toThrow('ENOSPC')
    const before = await readFile(profilesPath(home), 'utf8')
    await set(['anthropic:two'])
    await problem(gateway.client, 'the disk is full')
    expect(await readFile(profilesPath(home), 'utf8')).toBe(before)
    rmSync(ballast)
    await showsProfiles(home, ({ order }) => order['anthropic']?.join() === 'anthropic:two')
    await until(async () => (await problemsOf(gateway.client)).length === 0)
    await hasOrder(gateway.client, 'two')
    const log = await readFile(join(home, 'logs', 'gateway.log'), 'utf8')
    expect(log.split('a profiles file cannot be written')).toHaveLength(2)
  })
})

async function linkTo(target: string): Promise<string> {
  const link = `${home}.link`
  execFileSync('ln', ['-s', target, link])
  return link
}
