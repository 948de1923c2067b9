// Credentials of one agent, in the real gateway.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayBeforeProvider, keyOf, startBeforeProvider, token } from '../support/provider-calls.ts'

const fromEnvironment = 'anthropic:ANTHROPIC_API_KEY'

let house: GatewayBeforeProvider
const client = () => house.gateway().client

beforeAll(async () => {
  house = await startBeforeProvider({}, { env: { ANTHROPIC_API_KEY: keyOf('0000') } })
})
afterAll(() => house.close())

describe("an agent's own credential", () => {
  it('is used by that agent alone', async () => {
    await client().call('credentials.add', token('work', '0001', { agent: 'work' }))
    expect(await house.call({ 'x-traseai-agent': 'work' })).toMatchObject({ key: keyOf('0001') })
    expect(await house.call()).toMatchObject({ profileId: fromEnvironment })
    expect(await house.call({ 'x-traseai-agent': 'another' })).toMatchObject({ profileId: fromEnvironment })
  })

  it('cannot be pinned by another one, and the answer says why', async () => {
    const refused = await house.call({ 'x-traseai-profile': 'anthropic:work' })
    expect(refused.status).toBe(503)
    expect(refused.body).toContain('anthropic:work (excluded: for agent work only)')
  })

  it('is in the view of its agent, and in the list of all', async () => {
    const ids = async (agent?: string): Promise<string[]> => {
      const listed = await client().call('credentials.list', agent === undefined ? {} : { agent })
      return listed.map(({ profileId, status }) => `${profileId} ${status}`)
    }
    expect(await ids('work')).toEqual(['anthropic:work ready', `${fromEnvironment} ready`])
    expect(await ids('main')).toEqual([`${fromEnvironment} ready`])
    expect(await ids()).toEqual([`${fromEnvironment} ready`, 'anthropic:work ready'])
    const { providers } = await client().call('models.status', {})
    expect(providers[0]?.candidates.at(-1)).toMatchObject({ status: 'excluded', reason: 'for agent work only' })
  })

  it("is refused in another agent's order, with those that can be named", async () => {
    const profileIds = ['anthropic:work']
    await expect(client().call('order.set', { provider: 'anthropic', profileIds })).rejects.toMatchObject({
      code: 'usage',
      message: 'credential "anthropic:work" is for agent work only',
      hint: `known for anthropic: ${fromEnvironment}`,
    })
    expect(await client().call('order.set', { provider: 'anthropic', agent: 'work', profileIds })).toMatchObject({
      agent: 'work',
      changed: true,
      origin: 'agent',
      profileIds,
    })
    expect(await client().call('order.clear', { provider: 'anthropic', agent: 'work' })).toMatchObject({
      changed: true,
      origin: 'default',
      profileIds: ['anthropic:work', fromEnvironment],
    })
  })

  it('cannot be stored for somebody else under the same id', async () => {
    await expect(client().call('credentials.add', token('work', '0009'))).rejects.toMatchObject({
      code: 'already_exists',
    })
  })

  it('of the default agent is for all', async () => {
    await house.empty()
    await client().call('credentials.add', token('mine', '0001', { agent: 'main' }))
    expect(await house.call({ 'x-traseai-agent': 'work' })).toMatchObject({ key: keyOf('0001') })
  })

  it('that an inherited order leaves out is told so', async () => {
    await client().call('order.set', { provider: 'anthropic', profileIds: ['anthropic:mine'] })
    const added = await client().call('credentials.add', token('work', '0002', { agent: 'work' }))
    expect(added).toMatchObject({
      next: 'anthropic:mine',
      notes: [
        'the order for anthropic leaves it out; see: traseai models auth order get --provider anthropic --agent work',
      ],
    })
    await house.empty()
  })
})
