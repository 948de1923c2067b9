// What root's hands leave in a home that is somebody else's: nothing of root's, and nothing overwritten elsewhere.
import { chown, link, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import { itAsOtherUser, otherUid } from '../support/other-user.ts'
import { openSealedHomes, type SealedHomes } from './sealed-homes.ts'

let homes: SealedHomes
let gateway: GatewayProcess

beforeEach(async () => {
  homes = await openSealedHomes()
  gateway = await startGateway()
})

afterEach(async () => {
  await gateway.stop()
  await homes.remove()
})

describe('a backup without a gateway', () => {
  itAsOtherUser("may be of somebody else's home, when root makes it: nothing in it is root's then", async () => {
    await gateway.kill9()
    await rm(join(gateway.home, 'gateway.lock'))
    for (const name of ['', ...(await readdir(gateway.home, { recursive: true }))]) {
      await chown(join(gateway.home, name), otherUid, otherUid)
    }
    expect((await homes.backup(gateway.home, 'a.age')).status).toBe(0)
    const entries = await readdir(gateway.home, { recursive: true })
    for (const name of ['', ...entries]) expect((await stat(join(gateway.home, name))).uid, name).toBe(otherUid)
    expect(entries).toContain('gateway.lock')
  })

  it.each([
    ['a link', symlink],
    ['a second name', link],
  ])('overwrites nothing that the lock of the home is %s of', async (_what, make) => {
    await gateway.kill9()
    const precious = homes.path('precious.txt')
    await writeFile(precious, 'years of work')
    await rm(join(gateway.home, 'gateway.lock'))
    await make(precious, join(gateway.home, 'gateway.lock'))
    expect((await homes.backup(gateway.home, 'a.age')).status).toBe(73)
    expect(await readFile(precious, 'utf8')).toBe('years of work')
  })
})
