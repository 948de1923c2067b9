// Appends to the log in argv[2] until it is killed, and prints what was acknowledged: `<first position> <stream> <version>`.
import { writeSync } from 'node:fs'
import { openEventLog } from '../../../src/storage/open-event-log.ts'

const [databasePath = '', migrationsDir = '', threadEntry = ''] = process.argv.slice(2)
const { log } = await openEventLog({ databasePath, migrationsDir, threadEntry, foldVersion: 1, now: () => 0 })
const data = { profileId: 'acme:default', reason: 'user' }
const event = { type: 'CredentialEnabled', schema: 1, at: 0, actor: { kind: 'cli' }, cause: null, data } as const

async function appendForever(stream: string): Promise<never> {
  let version = await log.streamVersion(stream)
  for (;;) {
    const outcome = await log.append({ stream, expectedVersion: version, events: [event, event, event] })
    if (outcome.outcome === 'conflict') throw new Error(`${stream} is at ${outcome.actualVersion}, not at ${version}`)
    version += 3
    writeSync(1, `${outcome.firstPosition} ${stream} ${version}\n`)
    if (version % 99 === 0) await log.saveSnapshot({ position: outcome.firstPosition, foldVersion: 1, state: {} })
  }
}

await Promise.all(Array.from({ length: 8 }, (_, number) => appendForever(`credential:acme:${number}`)))
