// auth-profiles.json while the gateway runs: it shows what is stored, and what people make of it is taken up.
import { chmod, mkdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshHome, type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import {
  directoryOf,
  editEvents,
  editedText,
  editProfiles,
  filesWith,
  hasOrder,
  idsOf,
  orderOf,
  problem,
  problemsOf,
  profilesOf,
  profilesPath,
  showsProfiles,
  store,
  storedKey,
  textAt,
} from '../support/profiles-home.ts'
import { saves } from '../support/saves.ts'
import { until } from '../support/until.ts'

let gateway: GatewayProcess
const set = (profileIds: string[], agent = 'main'): Promise<unknown> =>
  gateway.client.call('order.set', { provider: 'anthropic', agent, profileIds })

beforeEach(async () => {
  gateway = await startGateway()
  await store(gateway.client, 'one')
  await store(gateway.client, 'two')
})
afterEach(() => gateway.stop())

/** Stops the gateway, does something to its files, and starts it again. */
async function whileDown(change: (home: string) => Promise<unknown>): Promise<void> {
  const home = await freshHome()
  await rm(home, { recursive: true })
  await rename(gateway.home, home)
  // The old one ends without its home; what it has acknowledged is in the new place.
  await gateway.kill9()
  await change(home)
  gateway = await startGateway({ home })
}

describe('auth-profiles.json', () => {
  it('shows what is stored and ordered as soon as that is acknowledged, to its owner alone', async () => {
    await set(['anthropic:two', 'anthropic:one'])
    await store(gateway.client, 'own', 'ops')
    const main = await profilesOf(gateway.home)
    expect(main).toMatchObject({ version: 1, order: { anthropic: ['anthropic:two', 'anthropic:one'] } })
    expect(main.profiles['anthropic:one']).toEqual({
      type: 'api_key',
      provider: 'anthropic',
      ref: 'vault:anthropic:one',
    })
    expect(Object.keys((await profilesOf(gateway.home, 'ops')).profiles)).toEqual(['anthropic:own'])
    const modes = ['agents', 'agents/main', 'agents/main/agent', 'agents/main/agent/auth-profiles.json']
    const found = await Promise.all(modes.map(async (path) => (await stat(join(gateway.home, path))).mode & 0o777))
    expect(found).toEqual([0o700, 0o700, 0o700, 0o600])
  })

  it('is emptied, and not deleted, when its agent has lost everything', async () => {
    await set(['anthropic:two'], 'ops')
    await gateway.client.call('order.clear', { provider: 'anthropic', agent: 'ops' })
    expect(await profilesOf(gateway.home, 'ops')).toMatchObject({ profiles: {}, order: {} })
  })

  it('shows how credentials were used, at the latest when the gateway stops', async () => {
    await gateway.client.call('credentials.report', { profileId: 'anthropic:one', outcome: 'unauthorized' })
    const { home } = gateway
    await whileDown(async () => {})
    await gateway.stop()
    expect((await profilesOf(gateway.home)).usageStats).toEqual({ 'anthropic:one': { disabledReason: 'unauthorized' } })
    expect(gateway.home).not.toBe(home)
    gateway = await startGateway()
  })

  it('follows the default agent', async () => {
    const settings = { gateway: { port: 0 }, agents: { default: 'ops' } }
    await writeFile(join(gateway.home, 'traseai.json'), JSON.stringify(settings))
    await showsProfiles(gateway.home, ({ profiles }) => Object.keys(profiles).length === 2, 'ops')
    await showsProfiles(gateway.home, ({ profiles }) => Object.keys(profiles).length === 0)
    expect(await idsOf(gateway.client)).toEqual(['anthropic:one', 'anthropic:two'])
  })

  it('has every change when 200 are made at once', async () => {
    const orders = Array.from({ length: 200 }, (_, index) =>
      set([`anthropic:${index % 2 ? 'one' : 'two'}`], `a${index}`),
    )
    await Promise.all(orders)
    for (let index = 0; index < 200; index += 1) {
      const { order } = await profilesOf(gateway.home, `a${index}`)
      expect(order).toEqual({ anthropic: [`anthropic:${index % 2 ? 'one' : 'two'}`] })
    }
  })
})

describe.each(saves)('a hand edit saved %s', (_how, save) => {
  it('sets the order, and the history says that the file did it', async () => {
    await set(['anthropic:one', 'anthropic:two'])
    const path = profilesPath(gateway.home)
    await save(path, await editedText(path, (file) => file.order['anthropic']?.reverse()))
    await hasOrder(gateway.client, 'two', 'one')
    expect(await editEvents(gateway.client)).toEqual(['CredentialsOrdered'])
    await until(async () => (await textAt(path)).endsWith('}\n'))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await problemsOf(gateway.client)).toEqual([])
  })
})

describe('a hand edit', () => {
  it('that was made while no gateway ran is taken up at the start', async () => {
    await set(['anthropic:one', 'anthropic:two'])
    await whileDown((home) => editProfiles(home, (file) => file.order['anthropic']?.reverse()))
    await hasOrder(gateway.client, 'two', 'one')
  })

  it('soon after another is taken up as well', async () => {
    await set(['anthropic:one', 'anthropic:two'])
    const path = profilesPath(gateway.home)
    const first = await editedText(path, (file) => file.order['anthropic']?.reverse())
    const second = await editedText(path, (file) => delete file.order['anthropic'])
    await writeFile(path, first)
    await writeFile(path, second)
    await until(async () => (await gateway.client.call('order.get', { provider: 'anthropic' })).origin === 'default')
    await writeFile(path, first)
    await hasOrder(gateway.client, 'two', 'one')
  })

  it('that takes a profile out removes its credential and its secret', async () => {
    await set(['anthropic:one', 'anthropic:two'])
    await editProfiles(gateway.home, (file) => delete file.profiles['anthropic:one'])
    await until(async () => (await idsOf(gateway.client)).join() === 'anthropic:two')
    await showsProfiles(gateway.home, ({ order }) => order['anthropic']?.join() === 'anthropic:two')
    expect((await editEvents(gateway.client))[0]).toBe('CredentialRemoved')
  })

  it('that takes a profile out while no gateway runs removes its credential', async () => {
    await whileDown((home) => editProfiles(home, (file) => delete file.profiles['anthropic:one']))
    await until(async () => (await idsOf(gateway.client)).join() === 'anthropic:two')
  })

  it('that pastes keys seals them, and no file has them in the clear', async () => {
    const [replaced, added] = [storedKey('replaced-by-hand'), storedKey('added-by-hand')]
    await editProfiles(gateway.home, (file) => {
      Object.assign(file.profiles['anthropic:one'] ?? {}, { key: replaced })
      file.profiles['anthropic:new'] = { type: 'token', ref: added, expires: Date.UTC(2099, 0) }
      file.order['anthropic'] = ['anthropic:new', 'anthropic:one']
    })
    await hasOrder(gateway.client, 'new', 'one')
    await until(async () => (await filesWith(gateway.home, '-by-hand')).length === 0)
    const { secret } = await gateway.client.call('credentials.reveal', { profileId: 'anthropic:one' })
    expect(secret).toBe(replaced)
    expect((await profilesOf(gateway.home)).profiles['anthropic:new']).toEqual({
      type: 'api_key',
      provider: 'anthropic',
      ref: 'vault:anthropic:new',
      expiresAt: '2099-01-01T00:00:00.000Z',
    })
    expect(await editEvents(gateway.client)).toEqual(['CredentialRotated', 'CredentialAdded', 'CredentialsOrdered'])
  })

  it('that pastes half a key changes nothing, is told, and is taken up when it is whole', async () => {
    const edit = (key: string) => editProfiles(gateway.home, (file) => (file.profiles['anthropic:new'] = { key }))
    await edit('sk-ant-api03-half')
    const told = await problem(gateway.client, 'was cut short')
    expect(told).toMatchObject({ key: 'profiles.anthropic:new', line: expect.any(Number) as number })
    expect(await idsOf(gateway.client)).toHaveLength(2)
    await store(gateway.client, 'three') // the file is written, and keeps what somebody wrote
    await showsProfiles(gateway.home, ({ profiles }) => 'anthropic:three' in profiles)
    expect((await profilesOf(gateway.home)).profiles['anthropic:new']).toEqual({ key: 'sk-ant-api03-half' })
    await edit(storedKey('whole'))
    await until(async () => (await idsOf(gateway.client)).includes('anthropic:new'))
    await until(async () => (await problemsOf(gateway.client)).length === 0)
  })

  it('that pastes a key while the vault cannot seal it keeps it in the file, and is taken up when it can', async () => {
    const key = storedKey('by-hand')
    await whileDown(async (home) => {
      await rename(join(home, 'vault.key'), join(home, 'vault.key.away'))
      await editProfiles(home, (file) => (file.profiles['anthropic:new'] = { key }))
    })
    await problem(gateway.client, 'cannot be taken up')
    await set(['anthropic:two'])
    await showsProfiles(gateway.home, ({ order }) => order['anthropic']?.join() === 'anthropic:two')
    expect((await profilesOf(gateway.home)).profiles['anthropic:new']).toEqual({ key })
    await whileDown((home) => rename(join(home, 'vault.key.away'), join(home, 'vault.key')))
    await until(async () => (await idsOf(gateway.client)).includes('anthropic:new'))
    await until(async () => (await filesWith(gateway.home, key)).length === 0)
  })

  it('that names an unknown credential is told, and taken up once that is stored', async () => {
    await editProfiles(gateway.home, (file) => (file.order['anthropic'] = ['anthropic:three', 'anthropic:one']))
    await problem(gateway.client, 'credential "anthropic:three" not found')
    const { check } = await gateway.client.call('models.status', {})
    expect(check).toMatchObject({ exitCode: 0, problems: [{ code: 'profiles_file' }] })
    await store(gateway.client, 'three')
    await hasOrder(gateway.client, 'three', 'one')
    await until(async () => (await problemsOf(gateway.client)).length === 0)
    await editProfiles(gateway.home, (file) => (file.order['openai'] = ['openai:OPENAI_API_KEY']))
    await problem(gateway.client, 'credential "openai:OPENAI_API_KEY" not found')
    await gateway.client.call('env.set', { name: 'OPENAI_API_KEY', value: `sk-proj-${'test'.repeat(24)}` })
    await until(async () => (await problemsOf(gateway.client)).length === 0)
  })

  it('that writes a reference keeps it, and another date or type is stated anew', async () => {
    const path = join(gateway.home, 'key')
    await writeFile(path, storedKey('in-a-file'), { mode: 0o600 })
    await editProfiles(gateway.home, (file) => {
      file.profiles['anthropic:file'] = { ref: `file:${path}` }
      Object.assign(file.profiles['anthropic:one'] ?? {}, { expiresAt: '2099-01-01T00:00:00.000Z' })
    })
    await until(async () => (await idsOf(gateway.client)).includes('anthropic:file'))
    await until(async () => (await problemsOf(gateway.client)).length === 0)
    const listed = await gateway.client.call('credentials.list', {})
    expect(listed.find(({ profileId }) => profileId === 'anthropic:one')?.expiresAt).toBe('2099-01-01T00:00:00.000Z')
    expect((await profilesOf(gateway.home)).profiles['anthropic:file']).toMatchObject({ ref: `file:${path}` })
  })

  it('from an editor that was open while more was stored takes nothing of that away', async () => {
    await set(['anthropic:one', 'anthropic:two'])
    const path = profilesPath(gateway.home)
    const text = await editedText(path, (file) => file.order['anthropic']?.reverse())
    await store(gateway.client, 'three')
    await gateway.client.call('order.set', { provider: 'anthropic', agent: 'ops', profileIds: ['anthropic:three'] })
    await writeFile(path, text)
    await hasOrder(gateway.client, 'two', 'one')
    await showsProfiles(gateway.home, ({ profiles }) => 'anthropic:three' in profiles)
    expect(await idsOf(gateway.client)).toHaveLength(3)
  })

  it('loses to a change of the same order, which is told', async () => {
    await set(['anthropic:one', 'anthropic:two'])
    const path = profilesPath(gateway.home)
    const text = await editedText(path, (file) => file.order['anthropic']?.reverse())
    await set(['anthropic:two'])
    await writeFile(path, text)
    expect(await problem(gateway.client, 'was changed elsewhere meanwhile')).toMatchObject({ key: 'order.anthropic' })
    expect(await orderOf(gateway.client)).toEqual(['anthropic:two'])
    await showsProfiles(gateway.home, ({ order }) => order['anthropic']?.join() === 'anthropic:two')
  })
})

describe('the file of an agent that somebody made by hand', () => {
  it('is taken up for that agent alone, and a directory that is no agent is ignored', async () => {
    const directory = directoryOf(gateway.home, 'ops')
    await mkdir(directory, { recursive: true })
    await mkdir(join(gateway.home, 'agents', 'not an agent', 'agent'), { recursive: true })
    const key = storedKey('ops-by-hand')
    const profiles = { 'anthropic:ops': { type: 'api_key', provider: 'anthropic', key, email: 'a@b.c' } }
    await writeFile(join(directory, 'auth-profiles.json'), JSON.stringify({ version: 1, profiles, lastGood: {} }))
    await until(async () => (await idsOf(gateway.client)).includes('anthropic:ops'))
    await until(async () => (await filesWith(gateway.home, key)).length === 0)
    expect(
      (await gateway.client.call('credentials.list', { agent: 'main' })).map(({ profileId }) => profileId),
    ).not.toContain('anthropic:ops')
    expect(await gateway.logs()).toContain('fields that are not kept: email')
    expect(await gateway.logs()).toContain('not an agent')
  })
})

describe('where the file lies', () => {
  it('may be reached through links', async () => {
    await whileDown(async (home) => {
      await rename(join(home, 'agents'), join(home, 'elsewhere'))
      await symlink('elsewhere', join(home, 'agents'))
      await rename(profilesPath(home), join(home, 'mine.json'))
      await symlink(join(home, 'mine.json'), profilesPath(home))
    })
    const path = join(gateway.home, 'mine.json')
    await showsProfiles(gateway.home, ({ profiles }) => 'anthropic:one' in profiles)
    await writeFile(path, await editedText(path, (file) => (file.order['anthropic'] = ['anthropic:two'])))
    await hasOrder(gateway.client, 'two')
    await until(async () => (await textAt(path)).endsWith('}\n'))
    await chmod(path, 0o600)
  })
})
