// The doctor on the database: whole, damaged, with a guard taken out, or not there.
import {
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectDatabase } from '../../src/storage/connect-database.ts'
import { startGateway } from '../support/gateway-process.ts'
import { otherUid } from '../support/other-user.ts'
import { examinedHome, well, type ExaminedHome } from './examined-home.ts'

let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'traseai-database-'))
  const gateway = await startGateway()
  for (let index = 0; index < 20; index += 1) await gateway.client.call('clients.issue', { name: `client-${index}` })
  cpSync(gateway.home, folder, { recursive: true, filter: (path) => !path.endsWith('.sock') })
  await gateway.stop()
  connectDatabase(join(folder, 'traseai.db')).exec('PRAGMA wal_checkpoint(TRUNCATE)')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A home with a copy of the database. */
function homeWithDatabase(): ExaminedHome {
  const home = examinedHome()
  cpSync(join(folder, 'traseai.db'), home.path('traseai.db'))
  return home
}

describe('a database', () => {
  it('that is whole has nothing to be found, and stays as it is', async () => {
    const home = homeWithDatabase()
    const before = readFileSync(home.path('traseai.db'))
    expect(await home.ask('database')).toEqual(well('database'))
    expect(readFileSync(home.path('traseai.db')).equals(before)).toBe(true)
  })

  it('with a damaged page is found by the pages themselves', async () => {
    const home = homeWithDatabase()
    const file = openSync(home.path('traseai.db'), 'r+')
    for (let page = 4; page < 12; page += 1) writeSync(file, Buffer.alloc(2_048, 0xaa), 0, 2_048, page * 4_096)
    closeSync(file)
    expect(await home.ask('database')).toMatchObject([
      { severity: 'error', hint: expect.stringContaining('restore a backup') as string },
    ])
  })

  it('that was cut short is found', async () => {
    const home = homeWithDatabase()
    truncateSync(home.path('traseai.db'), 8_192)
    expect(await home.ask('database')).toMatchObject([
      { severity: 'error', message: expect.stringContaining('cut short') as string },
    ])
  })

  it('that is none is found', async () => {
    const home = homeWithDatabase()
    writeFileSync(home.path('traseai.db'), 'not a database at all')
    expect(await home.ask('database')).toMatchObject([
      { severity: 'error', message: expect.stringContaining('not an SQLite database') as string },
    ])
  })

  it('whose log lost its guard, and then an event, is found', async () => {
    const home = homeWithDatabase()
    const database = connectDatabase(home.path('traseai.db'))
    database.exec('DROP TRIGGER events_refuse_delete; DELETE FROM events WHERE position = 5')
    database.close()
    const said = (await home.ask('database')).map(({ message }) => message).join('\n')
    expect(said).toContain('events_refuse_delete')
    expect(said).toContain('some are missing')
  })

  it('of another user is not opened', async () => {
    const home = homeWithDatabase()
    expect(await home.ask('database', { host: { uid: otherUid } })).toMatchObject([{ severity: 'ok' }])
    expect(existsSync(home.path('traseai.db-shm'))).toBe(false)
  })

  it('need not be there yet', async () => {
    expect(await examinedHome().ask('database')).toMatchObject([
      { severity: 'ok', message: expect.stringContaining('not there yet') as string },
    ])
  })
})
