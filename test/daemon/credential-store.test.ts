// Stored credentials in the real gateway: used over HTTP, rotated, kept over a restart, taken out of everything when they go.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Params } from '../../src/protocol/contract.ts'
import { type GatewayBeforeProvider, keyOf, startBeforeProvider, token } from '../support/provider-calls.ts'

const fromEnvironment = 'anthropic:ANTHROPIC_API_KEY'

let house: GatewayBeforeProvider
const client = () => house.gateway().client
const configurationText = (): string => readFileSync(join(house.home, 'traseai.json'), 'utf8')

async function eventsOf(profileId: string): Promise<string[]> {
  const { events } = await client().call('audit.log', { profileId, order: 'asc', limit: 1_000 })
  return events.map(({ type }) => type)
}

beforeAll(async () => {
  house = await startBeforeProvider({}, { env: { ANTHROPIC_API_KEY: keyOf('0000') } })
})
afterAll(() => house.close())

describe('a stored credential', () => {
  it('is used from the moment it is acknowledged, before those of the environment', async () => {
    const added = await client().call('credentials.add', token('work', '0001'))
    expect(added).toEqual({ profileId: 'anthropic:work', rotated: false, next: 'anthropic:work', notes: [] })
    expect(await house.call()).toMatchObject({ status: 200, profileId: 'anthropic:work', key: keyOf('0001') })
  })

  it('is expected by traseai.json from then on', () => {
    expect(JSON.parse(configurationText())).toMatchObject({
      auth: { profiles: { 'anthropic:work': { provider: 'anthropic', kind: 'token' } } },
    })
  })

  it('is no change of the configuration that the log tells of', async () => {
    expect(await house.gateway().logs()).not.toContain('the configuration changed')
  })

  it('is shown by its end alone, with where it is kept', async () => {
    const [listed] = await client().call('credentials.list', { provider: 'anthropic' })
    expect(listed).toMatchObject({ source: { kind: 'vault', name: 'anthropic:work' }, last4: '0001', status: 'ready' })
    const { providers, check } = await client().call('models.status', {})
    expect(providers[0]?.candidates[0]).toMatchObject({ source: { kind: 'vault' }, last4: '0001', status: 'ready' })
    expect(check).toEqual({ exitCode: 0, problems: [] })
  })

  it('is still there after a restart', async () => {
    await house.restart()
    expect(await house.call()).toMatchObject({ status: 200, profileId: 'anthropic:work', key: keyOf('0001') })
  })

  it('is rotated by another value, and the same value again is nothing new', async () => {
    expect(await client().call('credentials.add', token('work', '0002'))).toMatchObject({ rotated: true })
    expect((await house.call()).key).toBe(keyOf('0002'))
    expect(await client().call('credentials.add', token('work', '0002'))).toMatchObject({ rotated: false })
    expect(await eventsOf('anthropic:work')).toEqual(['CredentialAdded', 'CredentialRotated'])
  })

  it('gets a date without being rotated', async () => {
    const expiresAt = new Date(Date.now() + 365 * 86_400_000).toISOString()
    expect(await client().call('credentials.add', token('work', '0002', { expiresAt }))).toMatchObject({
      rotated: false,
    })
    const listed = await client().call('credentials.list', { provider: 'anthropic' })
    expect(listed[0]).toMatchObject({ expiresAt, status: 'ready' })
    await house.restart()
    expect((await house.call()).key).toBe(keyOf('0002'))
  })

  it('is revealed on demand, which the history says first', async () => {
    const revealed = await client().call('credentials.reveal', { profileId: 'anthropic:work' })
    expect(revealed).toEqual({ profileId: 'anthropic:work', secret: keyOf('0002') })
    expect(await eventsOf('anthropic:work')).toContain('CredentialRevealed')
    expect(await client().call('credentials.reveal', { profileId: fromEnvironment })).toMatchObject({
      secret: keyOf('0000'),
    })
  })

  it('is switched off and on by hand', async () => {
    const profileId = 'anthropic:work'
    expect(await client().call('credentials.disable', { profileId })).toEqual({ profileId, disabled: true })
    expect(await client().call('credentials.disable', { profileId })).toEqual({ profileId, disabled: false })
    expect(await house.call()).toMatchObject({ profileId: fromEnvironment })
    expect(await client().call('credentials.enable', { profileId })).toEqual({ profileId, enabled: true })
    expect(await house.call()).toMatchObject({ profileId })
  })

  it('is gone when it is removed: from requests, from orders, from traseai.json', async () => {
    await client().call('credentials.add', token('home', '0003'))
    const both = ['anthropic:work', 'anthropic:home']
    await client().call('order.set', { provider: 'anthropic', profileIds: both })
    await client().call('order.set', { provider: 'anthropic', agent: 'other', profileIds: ['anthropic:work'] })
    expect(await client().call('credentials.remove', { profileId: 'anthropic:work' })).toEqual({
      profileId: 'anthropic:work',
      stored: true,
      notes: ['the order of agent other for anthropic named nothing else and was cleared'],
    })
    expect(await client().call('order.get', { provider: 'anthropic' })).toMatchObject({
      profileIds: ['anthropic:home'],
    })
    expect(await client().call('order.get', { provider: 'anthropic', agent: 'other' })).toMatchObject({
      profileIds: ['anthropic:home'],
      inheritedFrom: 'main',
    })
    expect(await house.call()).toMatchObject({ profileId: 'anthropic:home', key: keyOf('0003') })
    expect(configurationText()).not.toContain('anthropic:work')
    await expect(client().call('credentials.reveal', { profileId: 'anthropic:work' })).rejects.toMatchObject({
      code: 'not_found',
    })
    await house.empty()
    expect(await house.call()).toMatchObject({ profileId: fromEnvironment })
  })
})

describe('an entry of auth.profiles that a kill has left behind', () => {
  it('is named with the way to take it out, which takes out that entry alone', async () => {
    await client().call('credentials.add', token('kept', '0004'))
    const profileId = 'anthropic:killed'
    const written = JSON.parse(configurationText()) as { auth: { profiles: Record<string, unknown> } }
    written.auth.profiles[profileId] = { provider: 'anthropic', kind: 'token' }
    await house.restart(() => writeFileSync(join(house.home, 'traseai.json'), JSON.stringify(written)))
    const { check } = await client().call('models.status', {})
    expect(check.problems).toMatchObject([
      { code: 'missing', profileId, message: `auth.profiles names ${profileId}, which has no credential` },
    ])
    expect(check.problems[0]?.hint).toContain(`traseai models auth remove ${profileId}`)

    expect(await client().call('credentials.remove', { profileId })).toEqual({ profileId, stored: false, notes: [] })
    const { profiles } = (JSON.parse(configurationText()) as typeof written).auth
    expect(profiles).toEqual({ 'anthropic:kept': { provider: 'anthropic', kind: 'token' } })
    expect((await client().call('models.status', {})).check.problems).toEqual([])
    await expect(client().call('credentials.remove', { profileId })).rejects.toMatchObject({ code: 'not_found' })
    await house.empty()
  })
})

describe('what cannot be stored', () => {
  it.each<[string, Params<'credentials.add'>, string, string]>([
    ['for an unknown provider', token('x', '1', { provider: 'anthropc' }), 'not_found', 'unknown provider "anthropc"'],
    [
      "under another provider's id",
      token('x', '1', { profileId: 'openai:x' }),
      'usage',
      'credential "openai:x" is for openai, not anthropic',
    ],
    [
      'under the id of a variable',
      token('ANTHROPIC_API_KEY_7', '1'),
      'usage',
      '"anthropic:ANTHROPIC_API_KEY_7" is the id of the key in the variable ANTHROPIC_API_KEY_7',
    ],
    [
      'under the id of a member of a list',
      token('ANTHROPIC_API_KEYS#a1b2c3', '1'),
      'usage',
      '"anthropic:ANTHROPIC_API_KEYS#a1b2c3" is the id of the key in the variable ANTHROPIC_API_KEYS',
    ],
    ['under a key', token(`sk-ant-${'k'.repeat(40)}`, '1'), 'usage', 'the name of the credential could be a key'],
    [
      'under something random',
      token('9f86d081884c7d659a2feaa0c55ad015', '1'),
      'usage',
      'the name of the credential could be a key',
    ],
    [
      'for a key in place of an agent',
      token('x', '1', { agent: `gsk_${'k'.repeat(40)}` }),
      'usage',
      'the name of the agent could be a key',
    ],
    ['under no id', token('a b', '1'), 'usage', '"anthropic:a b" is no credential id'],
    ['that is blank', token('x', '1', { secret: '  ' }), 'value_refused', ''],
    ['that is prose', token('x', '1', { secret: 'a curly “quote” in it' }), 'value_refused', ''],
    ['that is a token of this gateway', token('x', '1', { secret: 'trase_0123456789abcdef0123' }), 'value_refused', ''],
  ])('%s is refused, and leaves nothing behind', async (_what, credential, code, message) => {
    const refused = client().call('credentials.add', credential)
    await expect(refused).rejects.toMatchObject(message === '' ? { code } : { code, message })
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('sk-ant-test') as unknown })
    expect(await client().call('credentials.list', {})).toHaveLength(1)
  })

  it('has a suggestion for a provider that was mistyped', async () => {
    await expect(client().call('credentials.add', token('x', '1', { provider: 'anthropc' }))).rejects.toMatchObject({
      hint: 'did you mean anthropic?',
    })
  })

  it('with both a secret and a reference, or neither, is refused', async () => {
    const { secret: _secret, ...rest } = token('x', '1')
    for (const credential of [rest, token('x', '1', { reference: 'env:X' })]) {
      await expect(client().call('credentials.add', credential)).rejects.toThrow('secret: expected either a secret or')
    }
  })
})

describe('a credential of the environment', () => {
  it('is not removed but with its variable', async () => {
    await expect(client().call('credentials.remove', { profileId: fromEnvironment })).rejects.toMatchObject({
      code: 'usage',
      message: `"${fromEnvironment}" is the key in the variable ANTHROPIC_API_KEY`,
      hint: expect.stringContaining('unset ANTHROPIC_API_KEY where the gateway is started') as unknown,
    })
    await client().call('env.set', { name: 'OPENAI_API_KEY', value: 'sk-test-0123456789abcdef' })
    await expect(client().call('credentials.remove', { profileId: 'openai:OPENAI_API_KEY' })).rejects.toMatchObject({
      hint: 'it goes with the variable: traseai env unset OPENAI_API_KEY',
    })
    await client().call('env.unset', { name: 'OPENAI_API_KEY' })
  })

  it('that is stored once more is told as the same key', async () => {
    const { notes } = await client().call('credentials.add', token('twin', '0000'))
    expect(notes).toEqual([`it is the same key as ${fromEnvironment}`])
    await house.empty()
  })
})

describe('changes at the same time', () => {
  it('of one id come one after the other, and what the history says last is what is used', async () => {
    const ends = Array.from({ length: 30 }, (_, index) => String(1_000 + index))
    const clients = await Promise.all(ends.map(() => house.gateway().connect()))
    await Promise.all(clients.map((each, index) => each.call('credentials.add', token('race', ends[index] ?? ''))))
    for (const each of clients) each.close()
    const { secret } = await client().call('credentials.reveal', { profileId: 'anthropic:race' })
    const [listed] = await client().call('credentials.list', { provider: 'anthropic' })
    expect(await eventsOf('anthropic:race')).toHaveLength(1 + 29 + 1)
    await house.restart()
    expect(await client().call('credentials.reveal', { profileId: 'anthropic:race' })).toMatchObject({ secret })
    expect(await client().call('credentials.list', { provider: 'anthropic' })).toMatchObject([
      { fingerprint: listed?.fingerprint },
      {},
    ])
    await house.empty()
  })

  it('of many ids leave all of them in order and in traseai.json', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`)
    await Promise.all(names.map((name, index) => client().call('credentials.add', token(name, String(2_000 + index)))))
    await Promise.all(
      names
        .filter((_, index) => index % 2 === 0)
        .map((name) => client().call('credentials.remove', { profileId: `anthropic:${name}` })),
    )
    const left = names.filter((_, index) => index % 2 === 1).map((name) => `anthropic:${name}`)
    const { auth } = JSON.parse(configurationText()) as { auth: { profiles: Record<string, unknown> } }
    expect(Object.keys(auth.profiles).toSorted()).toEqual(left.toSorted())
    const listed = await client().call('credentials.list', { provider: 'anthropic' })
    expect(listed.map(({ profileId }) => profileId).toSorted()).toEqual([...left, fromEnvironment].toSorted())
    await house.empty()
  })
})
