// Destroyed secrets are in no byte of the database's files, whatever happened to the pages they were in.
import { spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseFingerprint } from '../../src/domain/ids.ts'
import type { SealedSecret } from '../../src/domain/sealed-secret.ts'
import { connectDatabase } from '../../src/storage/connect-database.ts'
import type { Storage } from '../../src/storage/open-storage.ts'
import { bundleScript } from '../support/bundle-script.mjs'
import { about, aKey, append, aSecret, leftovers, openWithKey, plain } from './secret-bytes.ts'
import { anEvent, databaseIn, encoded, migrationsDir, openCore, temporaryDirectory } from './temporary-log.ts'

/** A secret that was removed while somebody still reads the pages it was in. */
function removedWhileRead() {
  const storage = openWithKey()
  const secret = aSecret('default')
  append(storage, secret, about(secret, 'CredentialAdded'), secret)
  const reader = connectDatabase(storage.path)
  reader.exec('BEGIN')
  reader.prepare('SELECT count(*) FROM secrets').get()
  append(storage, secret, about(secret, 'CredentialRemoved', { reason: 'user' }))
  return { storage, secret, reader }
}

describe('a destroyed secret', () => {
  it('is in no file any more when the removal is acknowledged', () => {
    const storage = openWithKey()
    const secret = aSecret('default', 5_000)
    append(storage, secret, about(secret, 'CredentialAdded'), secret)
    expect(leftovers(storage.path, [secret])).not.toEqual([])
    append(storage, secret, about(secret, 'CredentialRemoved', { reason: 'user' }))
    expect(storage.readSecrets()).toEqual([])
    expect(leftovers(storage.path, [secret])).toEqual([])
  })

  it('is gone with its event, whoever writes that', () => {
    const storage = openWithKey()
    const secret = aSecret('default')
    append(storage, secret, about(secret, 'CredentialAdded'), secret)
    const other = connectDatabase(storage.path)
    other.exec(
      `INSERT INTO events (position, stream, version, type, schema, at, actor, data)
       VALUES (2, 'elsewhere', 1, 'CredentialRemoved', 1, 0, '{}', '{"profileId":"acme:default"}')`,
    )
    other.close()
    expect(storage.readSecrets()).toEqual([])
  })

  it('leaves nothing in pages of any age and size', { timeout: 60_000 }, () => {
    const sizes = fc.oneof(fc.integer({ min: 40, max: 400 }), fc.integer({ min: 400, max: 9_000 }))
    const step = fc.record({
      what: fc.constantFrom('add', 'add', 'add', 'rotate', 'remove', 'rekey'),
      who: fc.nat(79),
      bytes: sizes,
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
        const storage = openWithKey()
        const kept = new Map<number, SealedSecret>()
        const destroyed: SealedSecret[] = []
        let keys = 0
        let keyId = aKey().keyId
        for (const { what, who, bytes } of steps) {
          const before = kept.get(who)
          if (what === 'rekey') {
            keyId = (keys += 1).toString(16).padStart(16, '0')
            for (const [each, secret] of kept) {
              destroyed.push({ ...secret, sealed: secret.wrappedKey })
              kept.set(each, { ...secret, keyId, wrappedKey: aSecret('x').wrappedKey })
            }
            expect(storage.saveVaultKey({ key: aKey(keyId), rewrapped: [...kept.values()] })).toBe(true)
          } else if (what === 'remove') {
            if (!before) continue
            append(storage, before, about(before, 'CredentialRemoved', { reason: 'user' }))
            kept.delete(who)
            destroyed.push(before)
          } else {
            const secret = aSecret(
              `n${who}`,
              bytes,
              parseFingerprint(before ? '0000000000000002' : '0000000000000001'),
              keyId,
            )
            append(
              storage,
              secret,
              about(secret, before ? 'CredentialRotated' : 'CredentialAdded', { to: secret.fingerprint }),
              secret,
            )
            if (before) destroyed.push(before)
            kept.set(who, secret)
          }
          if (destroyed.length > 0) expect(leftovers(storage.path, destroyed.slice(-40))).toEqual([])
        }
        expect(leftovers(storage.path, destroyed)).toEqual([])
        expect(storage.readSecrets().map(plain)).toEqual([...kept.values()].map(plain).toSorted(byRow(storage)))
        storage.close()
      }),
      { numRuns: 6 },
    )
  })

  // Seeds of changes after which SQLite's secure_delete alone had left pieces behind, when secrets were rows of their own.
  it.each([1, 13, 14, 15])(
    'leaves nothing in a file that has seen many come and go (%i)',
    { timeout: 60_000 },
    (seed) => {
      const storage = openWithKey()
      const random = numbersFrom(seed * 7919 + 1)
      const kept = new Map<number, SealedSecret>()
      const destroyed: SealedSecret[] = []
      for (let change = 0; change < 300; change += 1) {
        const who = random(60)
        const before = kept.get(who)
        if (before) destroyed.push(before)
        if (before && random(10) < 7) {
          append(storage, before, about(before, 'CredentialRemoved', { reason: 'user' }))
          kept.delete(who)
        } else {
          const secret = aSecret(`n${who}`, 30 + random(seed % 2 === 1 ? 300 : 2_500), before && '0000000000000002')
          append(
            storage,
            secret,
            about(secret, before ? 'CredentialRotated' : 'CredentialAdded', { to: secret.fingerprint }),
            secret,
          )
          kept.set(who, secret)
        }
      }
      expect(leftovers(storage.path, destroyed)).toEqual([])
      storage.close()
    },
  )

  it(
    'is in no file any more when the process is killed right after the acknowledgement',
    { timeout: 60_000 },
    async () => {
      const path = databaseIn(temporaryDirectory())
      const program = await bundleScript('test/storage/programs/destroy-secret.ts')
      onTestFinished(() => program.remove())
      const threadEntry = fileURLToPath(new URL('../../dist/storage-thread.cjs', import.meta.url))
      const child = spawn(process.execPath, [program.path, path, migrationsDir, threadEntry], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const removed: SealedSecret[] = []
      for await (const line of createInterface(child.stdout)) {
        const [, wrappedKey = '', sealed = ''] = line.split(' ')
        removed.push({
          ...aSecret('x'),
          wrappedKey: Buffer.from(wrappedKey, 'hex'),
          sealed: Buffer.from(sealed, 'hex'),
        })
        if (removed.length === 10) child.kill('SIGKILL')
      }
      expect(leftovers(path, removed)).toEqual([])
      expect(openCore(path).readSecrets()).toHaveLength(10)
    },
  )

  it('goes with the next commit after somebody who was reading the old pages has finished', () => {
    const { storage, secret, reader } = removedWhileRead()
    expect(leftovers(storage.path, [secret])).not.toEqual([])
    reader.exec('COMMIT')
    storage.append([encoded('gateway', 0, [anEvent()])])
    expect(leftovers(storage.path, [secret])).toEqual([])
    reader.close()
  })

  it('goes when the log is closed, if no commit came after the reader', () => {
    const { storage, secret, reader } = removedWhileRead()
    reader.exec('COMMIT')
    storage.close()
    expect(leftovers(storage.path, [secret])).toEqual([])
    reader.close()
  })

  it('costs commits that destroy nothing no copying of pages', () => {
    const storage = openWithKey()
    const secret = aSecret('default')
    append(storage, secret, about(secret, 'CredentialAdded'), secret)
    const sizes = [1, 2, 3].map((version) => {
      storage.append([encoded('gateway', version - 1, [anEvent()])])
      return statSync(`${storage.path}-wal`).size
    })
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b))
    expect(readFileSync(`${storage.path}-wal`).length).toBeGreaterThan(0)
  })
})

/** A simple generator, the same for ever: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) & 0x7f_ff_ff_ff
    return (state >> 8) % below
  }
}

function byRow(storage: Storage): (a: SealedSecret, b: SealedSecret) => number {
  const order = storage.readSecrets().map(({ profileId }) => profileId)
  return (a, b) => order.indexOf(a.profileId) - order.indexOf(b.profileId)
}
