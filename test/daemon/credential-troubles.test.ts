// Stored credentials where something beside them is broken: traseai.json, the database, a vault that is locked.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectDatabase } from '../../src/storage/connect-database.ts'
import { openEventLog } from '../../src/storage/open-event-log.ts'
import { foldVersion } from '../../src/domain/fold-version.ts'
import { projectRoot } from '../support/gateway-process.ts'
import { until } from '../support/until.ts'
import { type GatewayBeforeProvider, keyOf, startBeforeProvider, token } from '../support/provider-calls.ts'

const fromEnvironment = 'anthropic:ANTHROPIC_API_KEY'

let house: GatewayBeforeProvider
const client = () => house.gateway().client
const configurationText = (): string => readFileSync(join(house.home, 'traseai.json'), 'utf8')
const expectedProfiles = (): Record<string, unknown> =>
  (JSON.parse(configurationText()) as { auth?: { profiles?: Record<string, unknown> } }).auth?.profiles ?? {}

beforeAll(async () => {
  house = await startBeforeProvider({}, { env: { ANTHROPIC_API_KEY: keyOf('0000') } })
})
afterAll(() => house.close())

describe('a traseai.json that is broken', () => {
  it('is left as it is, and the credential is stored with a note', async () => {
    const whole = configurationText()
    const broken = `${whole.slice(0, -3)} , what`
    writeFileSync(join(house.home, 'traseai.json'), broken)
    const { notes } = await client().call('credentials.add', token('noted', '0001'))
    expect(notes).toEqual([
      expect.stringContaining('anthropic:noted will be added to auth.profiles when the file is mended: ') as unknown,
    ])
    expect(notes[0]?.split(join(house.home, 'traseai.json'))).toHaveLength(2) // named once
    expect(configurationText()).toBe(broken)
    expect((await house.call()).key).toBe(keyOf('0001'))
    writeFileSync(join(house.home, 'traseai.json'), whole)
    expect(await client().call('gateway.reload', {})).toMatchObject({ configuration: true })
    expect(expectedProfiles()).toEqual({ 'anthropic:noted': { provider: 'anthropic', kind: 'token' } })
    await house.empty()
  })

  it('gets, when it is mended, what it would not take, and not what was taken out of it on purpose', async () => {
    await client().call('credentials.add', token('stays', '0001'))
    await client().call('credentials.add', token('unlisted', '0002'))
    await client().call('credentials.add', token('gone', '0003'))
    const { auth, ...rest } = JSON.parse(configurationText()) as { auth: { profiles: Record<string, unknown> } }
    const { 'anthropic:unlisted': _taken, ...profiles } = auth.profiles
    const mended = JSON.stringify({ ...rest, auth: { profiles } })
    writeFileSync(join(house.home, 'traseai.json'), `${mended} what`)
    await client().call('gateway.reload', {})
    await client().call('credentials.add', token('late', '0004'))
    await client().call('credentials.add', token('brief', '0005'))
    await client().call('credentials.remove', { profileId: 'anthropic:brief' })
    const { notes } = await client().call('credentials.remove', { profileId: 'anthropic:gone' })
    expect(notes).toEqual([expect.stringContaining('anthropic:gone will be taken out of auth.profiles') as unknown])
    writeFileSync(join(house.home, 'traseai.json'), mended)
    await until(() => 'anthropic:late' in expectedProfiles())
    expect(Object.keys(expectedProfiles())).toEqual(['anthropic:stays', 'anthropic:late'])
    await house.empty()
  })
})

describe('a secret that is lost in the database', () => {
  it('makes its credential unusable with the reason, and nothing else; storing it again mends it', async () => {
    await client().call('credentials.add', token('lost', '0001'))
    await house.restart(() => {
      const database = connectDatabase(join(house.home, 'traseai.db'))
      database.exec("DELETE FROM secrets WHERE profile_id = 'anthropic:lost'")
      database.close()
    })
    expect(await house.call()).toMatchObject({ profileId: fromEnvironment })
    const [, listed] = await client().call('credentials.list', { provider: 'anthropic' })
    expect(listed).toMatchObject({
      profileId: 'anthropic:lost',
      status: 'excluded',
      reason: 'its secret is not in the vault',
    })
    const { check } = await client().call('models.status', {})
    expect(check.problems).toMatchObject([
      {
        code: 'unavailable',
        message: 'anthropic:lost cannot be used: its secret is not in the vault',
        hint: 'traseai models auth setup-token --provider anthropic --profile-id anthropic:lost',
      },
    ])
    await expect(client().call('credentials.reveal', { profileId: 'anthropic:lost' })).rejects.toMatchObject({
      code: 'no_credentials',
      message: 'the secret of anthropic:lost is not at hand: its secret is not in the vault',
    })
    await client().call('credentials.add', token('lost', '0001'))
    await house.restart()
    expect(await house.call()).toMatchObject({ key: keyOf('0001') })
    await house.empty()
  })
})

describe('a vault that is locked', () => {
  it('leaves its credentials out with the reason until it is unlocked, and takes no new ones', async () => {
    const locked = await startBeforeProvider({ vault: { keeper: 'passphrase' } })
    try {
      const passphrase = 'correct horse battery staple'
      await expect(locked.gateway().client.call('credentials.add', token('a', '0001'))).rejects.toMatchObject({
        code: 'vault_locked',
      })
      expect(await locked.gateway().client.call('credentials.list', {})).toEqual([])
      await locked.gateway().client.call('vault.unlock', { passphrase })
      await locked.gateway().client.call('credentials.add', token('a', '0001'))
      const { client: after } = await locked.restart()
      const refused = await locked.call()
      expect(refused.status).toBe(503)
      expect(refused.body).toContain('anthropic:a (excluded: ')
      const { check, providers } = await after.call('models.status', {})
      expect(check).toMatchObject({ exitCode: 1, problems: [{ code: 'missing', profileId: 'anthropic:a' }] })
      expect(check.problems[0]?.hint).toContain('traseai vault unlock')
      expect(providers[0]).toMatchObject({ status: 'missing', next: null, candidates: [{ status: 'excluded' }] })
      await expect(after.call('credentials.add', token('b', '0002'))).rejects.toMatchObject({ code: 'vault_locked' })
      await after.call('credentials.disable', { profileId: 'anthropic:a' })
      await after.call('credentials.enable', { profileId: 'anthropic:a' })

      await after.call('vault.unlock', { passphrase })
      expect(await locked.call()).toMatchObject({ status: 200, key: keyOf('0001') })
      expect((await after.call('models.status', {})).check).toEqual({ exitCode: 0, problems: [] })
    } finally {
      await locked.close()
    }
  })
})

describe('a change of the master key at the same time', () => {
  it('takes no credential with it', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `r${index}`)
    const rekeys = [client().call('vault.rekey', {}), client().call('vault.rekey', {})]
    const added = names.map((name, index) => client().call('credentials.add', token(name, String(5_000 + index))))
    await Promise.all([...added, ...rekeys])
    await house.restart()
    for (const [index, name] of names.entries()) {
      const { secret } = await client().call('credentials.reveal', { profileId: `anthropic:${name}` })
      expect(secret).toBe(keyOf(String(5_000 + index)))
    }
    await house.empty()
  })
})

describe('a removal that was cut off', () => {
  it('is finished at the next start: no order names what is gone', async () => {
    await client().call('credentials.add', token('gone', '0001'))
    await client().call('order.set', { provider: 'anthropic', profileIds: ['anthropic:gone', fromEnvironment] })
    await house.restart(() => removeInTheLogAlone('anthropic:gone'))
    expect(await client().call('order.get', { provider: 'anthropic' })).toMatchObject({ profileIds: [fromEnvironment] })
    await client().call('order.clear', { provider: 'anthropic' })
  })

  /** As a gateway that is killed right after the event leaves it. */
  async function removeInTheLogAlone(profileId: string): Promise<void> {
    const { log } = await openEventLog({
      databasePath: join(house.home, 'traseai.db'),
      migrationsDir: join(projectRoot, 'migrations'),
      threadEntry: join(projectRoot, 'dist', 'storage-thread.cjs'),
      foldVersion,
      now: () => Date.now(),
    })
    const stream = `credential:${profileId}`
    const data = { profileId, reason: 'by hand' }
    const event = {
      type: 'CredentialRemoved',
      schema: 1,
      at: Date.now(),
      actor: { kind: 'rpc' },
      cause: null,
      data,
    } as const
    await log.append({ stream, expectedVersion: await log.streamVersion(stream), events: [event] })
    await log.close()
  }
})
