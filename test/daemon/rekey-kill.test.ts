// kill -9 while the master key is changed: every secret opens at the next start, and nothing of the old key is left.
import { randomInt } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TraseError } from '../../src/errors.ts'
import { readKeys } from '../../src/vault/master-key.ts'
import { fakeKey } from '../cli/with-gateway.ts'
import { freshHome, type GatewayProcess, startGateway } from '../support/gateway-process.ts'

const rounds = 20
/** A change of the key takes some 20 ms with a file, ten times that with a passphrase: kills fall before, into and after the first ones. */
const lifeMsMax = 120
const names = Array.from({ length: 8 }, (_, index) => `k${index}`)
const secretOf = (name: string): string => fakeKey(`${name}00`)
const passphrase = 'correct horse battery staple'

let home: string
beforeAll(async () => {
  home = await freshHome()
  const gateway = await startGateway({ home })
  for (const name of names) {
    await gateway.client.call('credentials.add', {
      profileId: `anthropic:${name}`,
      provider: 'anthropic',
      kind: 'api_key',
      secret: secretOf(name),
    })
  }
  await gateway.stop()
})
afterAll(async () => {
  const last = await startGateway({ home })
  await last.stop()
  await last.removeHome()
})

/** Changes the key again and again until the connection breaks; gives the last id that was acknowledged. */
async function rekeyUntilKilled(gateway: GatewayProcess, withPassphrase: boolean): Promise<string | null> {
  let acknowledged: string | null = null
  try {
    for (;;) {
      const change = withPassphrase
        ? ({ keeper: 'passphrase', passphrase } as const)
        : ({ keeper: 'key-file' } as const)
      acknowledged = (await gateway.client.call('vault.rekey', change)).keyId
    }
  } catch (error) {
    if (error instanceof TraseError && error.code === 'connection_lost') return acknowledged
    throw error
  }
}

async function unlocked(gateway: GatewayProcess): Promise<GatewayProcess> {
  const { state } = await gateway.client.call('vault.status', {})
  if (state === 'locked') await gateway.client.call('vault.unlock', { passphrase })
  return gateway
}

it(`${rounds} kills in the middle of it lose no secret and leave no old key`, { timeout: 240_000 }, async () => {
  const keys = new Set<string>()
  for (let round = 0; round < rounds; round += 1) {
    const dying = await unlocked(await startGateway({ home }))
    const changing = rekeyUntilKilled(dying, round % 5 === 4)
    await delay(randomInt(lifeMsMax))
    await dying.kill9()
    const acknowledged = await changing

    const gateway = await unlocked(await startGateway({ home }))
    expect(readdirSync(home).filter((name) => name.endsWith('.tmp'))).toEqual([])
    const { state, keeper, keyId } = await gateway.client.call('vault.status', {})
    expect(state).toBe('unlocked')
    for (const name of names) {
      const revealed = await gateway.client.call('credentials.reveal', { profileId: `anthropic:${name}` })
      expect(revealed.secret).toBe(secretOf(name))
    }
    const { events } = await gateway.client.call('audit.log', { type: 'VaultRekeyed', order: 'desc', limit: 1_000 })
    const recorded = events.map(({ data }) => data['keyId'])
    if (recorded.length > 0) expect(recorded[0]).toBe(keyId)
    if (acknowledged !== null) expect(recorded).toContain(acknowledged)
    for (const id of recorded.slice(1)) keys.add(String(id))
    // One that was made and never came into use may be left; one that was in use may not.
    const path = join(home, 'vault.key')
    const inFile = existsSync(path) ? readKeys(readFileSync(path, 'utf8')).keys.map(({ id }) => id) : []
    expect(inFile.filter((id) => keys.has(id))).toEqual([])
    if (keeper === 'key-file') expect(inFile).toContain(keyId)
    await gateway.stop()
  }
})
