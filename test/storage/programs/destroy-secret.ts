// Keeps secrets in the log of argv[2] and removes every other one: `removed <wrapped key> <sealed>` tells each, in hexadecimal.
import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import type { Fingerprint, ProfileId } from '../../../src/domain/ids.ts'
import { openEventLog } from '../../../src/storage/open-event-log.ts'

const [databasePath = '', migrationsDir = '', threadEntry = ''] = process.argv.slice(2)
const { log } = await openEventLog({ databasePath, migrationsDir, threadEntry, foldVersion: 1, now: () => 0 })
const keyId = '00000000000000aa'
await log.saveVaultKey({ keyId, keeper: 'key-file', parameters: {} }, [])

for (let number = 0; number < 20; number += 1) {
  const profileId = `acme:${number}` as ProfileId
  const stream = `credential:${profileId}`
  const event = (type: string) =>
    ({ type, schema: 1, at: 0, actor: { kind: 'cli' }, cause: null, data: { profileId, reason: 'user' } }) as const
  const sealed = {
    profileId,
    fingerprint: '0000000000000001' as Fingerprint,
    keyId,
    wrappedKey: randomBytes(61),
    sealed: randomBytes(200),
  }
  await log.append({ stream, expectedVersion: 0, events: [event('CredentialAdded')], sealed })
  if (number % 2 === 0) continue
  await log.append({ stream, expectedVersion: 1, events: [event('CredentialRemoved')] })
  writeSync(1, `removed ${sealed.wrappedKey.toString('hex')} ${sealed.sealed.toString('hex')}\n`)
}

setInterval(() => undefined, 1_000)
