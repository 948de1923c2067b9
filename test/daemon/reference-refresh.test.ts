// Credentials that are references, in the real gateway: followed when what they lead to changes, and kept for a while when it is gone.
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerError } from '../support/provider-answers.ts'
import { type GatewayBeforeProvider, keyOf, startBeforeProvider } from '../support/provider-calls.ts'
import { until } from '../support/until.ts'

const profileId = 'anthropic:ref'

let house: GatewayBeforeProvider
const client = () => house.gateway().client
const keyFile = (): string => join(house.home, 'key')
const write = (end: string): void => writeFileSync(keyFile(), `${keyOf(end)}\n`)

async function refer(reference: string): Promise<unknown> {
  return client().call('credentials.add', { profileId, provider: 'anthropic', kind: 'api_key', reference })
}

async function isUsed(end: string): Promise<boolean> {
  return (await house.call()).key === keyOf(end)
}

async function problems(): Promise<string[]> {
  const { check } = await client().call('models.status', {})
  return check.problems.map(({ code, message }) => `${check.exitCode} ${code}: ${message}`)
}

describe('a reference that is looked up often', () => {
  beforeAll(async () => {
    house = await startBeforeProvider({ vault: { referenceRefresh: '1s' } }, { env: { A_KEY: keyOf('0007') } })
  })
  afterAll(() => house.close())

  it('must lead to a key when it is stored', async () => {
    await expect(refer('file:/nowhere')).rejects.toMatchObject({
      code: 'reference_failed',
      message: 'file:/nowhere cannot be read: no such file',
    })
    await expect(refer('file:key')).rejects.toMatchObject({ code: 'usage' })
    expect(await client().call('credentials.list', {})).toEqual([])
  })

  it('is used as what it leads to, and shown as what it is', async () => {
    write('0001')
    expect(await refer(`file:${keyFile()}`)).toEqual({ profileId, rotated: false, next: profileId, notes: [] })
    expect(await isUsed('0001')).toBe(true)
    const [listed] = await client().call('credentials.list', {})
    expect(listed).toMatchObject({ source: { kind: 'reference', name: `file:${keyFile()}` }, last4: '0001' })
  })

  it('is rotated when the key there is another one, by nobody', async () => {
    write('0002')
    await until(() => isUsed('0002'))
    const { events } = await client().call('audit.log', { profileId })
    expect(events[0]).toMatchObject({ type: 'CredentialRotated', actor: { kind: 'timer' } })
  })

  it('keeps its last value when the key is gone, and says so', async () => {
    rmSync(keyFile())
    const message = `0 unavailable: ${profileId} keeps its last value: file:${keyFile()} cannot be read: no such file`
    await until(async () => (await problems()).join() === message)
    expect(await isUsed('0002')).toBe(true)
  })

  it('is not used after a start that found nothing, until it is there again', async () => {
    await house.restart()
    await until(async () => (await problems()).join().includes('no such file'))
    expect((await house.call()).status).toBe(503)
    const message = `no credential of anthropic can be used: ${profileId}: file:${keyFile()} cannot be read: no such file`
    expect((await problems())[0]).toBe(`1 missing: ${message}`)
    write('0003')
    await client().call('gateway.reload', {})
    expect(await isUsed('0003')).toBe(true)
    expect(await problems()).toEqual([])
  })

  it('is rotated by a start that finds another key', async () => {
    await house.restart(() => write('0004'))
    await until(() => isUsed('0004'))
  })

  it('that leads elsewhere takes the place of the one before', async () => {
    expect(await refer('env:A_KEY')).toMatchObject({ rotated: true })
    expect(await isUsed('0007')).toBe(true)
    write('0005')
    const program = join(house.home, 'give')
    writeFileSync(program, `#!/bin/sh\ncat "$1"\n`)
    chmodSync(program, 0o755)
    expect(await refer(`exec:${program} "${keyFile()}"`)).toMatchObject({ rotated: true })
    expect(await isUsed('0005')).toBe(true)
  })

  it('is not looked up any more when it is removed', async () => {
    await client().call('credentials.remove', { profileId })
    await client().call('gateway.reload', {})
    expect(await client().call('credentials.list', {})).toEqual([])
    const { events } = await client().call('audit.log', { profileId, limit: 1 })
    expect(events[0]?.type).toBe('CredentialRemoved')
  })
})

describe('a reference whose key the provider refuses', () => {
  beforeAll(async () => {
    house = await startBeforeProvider({ vault: { referenceRefresh: '1d' } })
  })
  afterAll(() => house.close())

  it('is looked up at once, and used again when there is another key', async () => {
    write('0001')
    await refer(`file:${keyFile()}`)
    house.provider.behave(keyOf('0001'), answerError(401))
    write('0002')
    expect((await house.call()).status).toBe(401)
    await until(() => isUsed('0002'))
  })

  it('stays switched off while there is only the refused one', async () => {
    house.provider.behave(keyOf('0002'), answerError(401))
    expect((await house.call()).status).toBe(401)
    await client().call('gateway.reload', {})
    expect((await house.call()).status).toBe(503)
    const [listed] = await client().call('credentials.list', {})
    expect(listed).toMatchObject({ status: 'disabled', reason: 'the provider refused it as unauthorized' })
  })
})
