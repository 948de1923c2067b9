// Appends ten events to the log in argv[2], each after the one before was acknowledged.
import { openEventLog } from '../../../src/storage/open-event-log.ts'

const [databasePath = '', migrationsDir = '', threadEntry = ''] = process.argv.slice(2)
const { log } = await openEventLog({ databasePath, migrationsDir, threadEntry, foldVersion: 1, now: () => 0 })
const event = { type: 'CredentialEnabled', schema: 1, at: 0, actor: { kind: 'cli' }, cause: null, data: {} } as const
for (let version = 0; version < 10; version += 1) {
  await log.append({ stream: 'gateway', expectedVersion: version, events: [event] })
}
process.kill(process.pid, 'SIGKILL') // closing would sync once more
