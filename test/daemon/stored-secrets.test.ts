// The secrets of stored credentials in memory: of the value that the state speaks of, however the log decides.
import { expect, test } from 'vitest'
import { openReferenceRefresh } from '../../src/daemon/reference-refresh.ts'
import { openStoredSecrets, type StoredSecrets } from '../../src/daemon/stored-secrets.ts'
import type { AppendedListener } from '../../src/daemon/command-bus.ts'
import type { RecordedEvent } from '../../src/domain/events.ts'
import type { SealedSecret } from '../../src/domain/sealed-secret.ts'
import type { State } from '../../src/domain/state.ts'
import { TraseError } from '../../src/errors.ts'
import { realHost } from '../../src/host.ts'
import { Secret } from '../../src/vault/secret.ts'
import type { VaultStatus } from '../../src/vault/vault.ts'
import { openManualClock } from '../support/manual-clock.ts'
import { added, type Fact, home, noon, print1, print2, stateAfter, work } from '../support/story.ts'

const dropAfterMs = 10_000
const row = (profileId = work, fingerprint = print1): SealedSecret => {
  const bytes = Uint8Array.of(1)
  return { profileId, fingerprint, keyId: '0123456789abcdef', wrappedKey: bytes, sealed: bytes }
}

/** A room with a state that tests set, and a vault that opens what it is given. */
function openRoom(facts: readonly Fact[], sealed: readonly SealedSecret[] = []) {
  const clock = openManualClock()
  let state: State = stateAfter(...facts)
  let vault: VaultStatus['state'] = 'unlocked'
  const listeners = new Set<AppendedListener>()
  let unlocked = (): void => {}
  const bus = {
    state: () => state,
    onAppended(listener: AppendedListener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const room = {
    clock,
    bus,
    setState: (...now: readonly Fact[]) => void (state = stateAfter(...now)),
    append(...events: readonly Fact[]) {
      const recorded = events.map((event, index): RecordedEvent => {
        const place = { position: index + 1, stream: 'any', version: 1, cause: null, actor: { kind: 'cli' } as const }
        return { at: noon, ...event, ...place }
      })
      for (const listener of listeners) listener(recorded)
    },
    setVault(next: VaultStatus['state']) {
      vault = next
      if (next === 'unlocked') unlocked()
    },
    open(): StoredSecrets {
      return openStoredSecrets({
        host: { setTimer: clock.setTimer, log: realHost().log },
        bus,
        sealed,
        vault: {
          status: () => {
            const isLocked = vault === 'locked'
            return {
              state: vault,
              reason: isLocked ? 'nobody has told the passphrase yet' : null,
              hint: isLocked ? 'traseai vault unlock' : null,
            }
          },
          unseal({ profileId, fingerprint }) {
            if (profileId === home)
              throw new TraseError('vault_damaged', `the sealed secret of ${profileId} is damaged`)
            return new Secret(`${profileId} ${fingerprint}`)
          },
          onUnlocked(listener) {
            unlocked = listener
            return () => undefined
          },
        },
      })
    },
  }
  return room
}

const textOf = (stored: StoredSecrets): string | undefined => stored.secretOf(work)?.reveal()

test('are unsealed at the start, when the state speaks of them', () => {
  const stored = openRoom([added(work)], [row()]).open()
  expect(textOf(stored)).toBe(`${work} ${print1}`)
  expect(stored.whyMissing(work)).toBeNull()
  expect(stored.troubleOf(work)).toBeNull()
})

test('that are damaged, missing or of another value are the trouble of their own credential alone', () => {
  const facts = [added(work), added(home)]
  const damaged = openRoom(facts, [row(), row(home)]).open()
  expect(textOf(damaged)).toBeDefined()
  expect(damaged.troubleOf(home)).toEqual({
    reason: 'the sealed secret of anthropic:home is damaged',
    hint: 'traseai models auth paste-api-key --provider anthropic --profile-id anthropic:home',
    isAtHand: false,
  })
  expect(openRoom(facts).open().whyMissing(work)).toBe('its secret is not in the vault')
  const other = openRoom(facts, [row(work, print2)]).open()
  expect(other.secretOf(work)).toBeUndefined()
  expect(other.whyMissing(work)).toBe('the vault holds another value than the history says')
})

test('of a locked vault come when it is unlocked, and the version says that something changed', () => {
  const room = openRoom([added(work)], [row()])
  room.setVault('locked')
  const stored = room.open()
  expect(stored.troubleOf(work)).toEqual({
    reason: 'the vault is locked: nobody has told the passphrase yet',
    hint: 'traseai vault unlock',
    isAtHand: false,
  })
  const before = stored.version()
  room.setVault('unlocked')
  expect(stored.version()).toBeGreaterThan(before)
  expect(textOf(stored)).toBe(`${work} ${print1}`)
})

test('that are offered count from the moment the state speaks of them, and the one before is wiped a while later', async () => {
  const room = openRoom([added(work)], [row()])
  const stored = room.open()
  const [before, next] = [stored.secretOf(work), new Secret('the next one')]
  const settle = stored.offer(work, print2, next)
  expect(textOf(stored)).toBe(`${work} ${print1}`)
  const rotated: Fact = { type: 'CredentialRotated', data: { profileId: work, from: print1, to: print2 } }
  room.setState(added(work), rotated)
  expect(textOf(stored)).toBe('the next one')
  room.append(rotated)
  settle()
  await room.clock.advance(dropAfterMs - 1)
  expect(before?.reveal()).toBe(`${work} ${print1}`)
  await room.clock.advance(1)
  expect(() => before?.reveal()).toThrow('a dropped secret was used')
  expect(textOf(stored)).toBe('the next one')
})

test('that are offered and never recorded leave the one before in use', async () => {
  const room = openRoom([added(work)], [row()])
  const stored = room.open()
  const next = new Secret('the next one')
  const settle = stored.offer(work, print2, next)
  room.setState(added(work), { type: 'CredentialRotated', data: { profileId: work, from: print1, to: print2 } })
  room.setState(added(work)) // the disk was full
  settle()
  expect(textOf(stored)).toBe(`${work} ${print1}`)
  await room.clock.advance(dropAfterMs)
  expect(() => next.reveal()).toThrow('a dropped secret was used')
})

test('go with their credential', async () => {
  const room = openRoom([added(work)], [row()])
  const stored = room.open()
  const secret = stored.secretOf(work)
  room.setState()
  room.append({ type: 'CredentialRemoved', data: { profileId: work, reason: 'by hand' } })
  expect(stored.secretOf(work)).toBeUndefined()
  await room.clock.advance(dropAfterMs)
  expect(() => secret?.reveal()).toThrow('a dropped secret was used')
})

test('of a reference that cannot be looked up any more stay for a day, asked for ever more seldom', async () => {
  const source = { kind: 'reference', name: 'file:/run/key' } as const
  const room = openRoom([added(work, { source })])
  const stored = room.open()
  expect(stored.whyMissing(work)).toBe('what it refers to has not been looked up yet')
  let isThere = true
  const asked: number[] = []
  const key = Buffer.alloc(32)
  const fingerprint = new Secret('the key').fingerprint(key)
  room.setState(added(work, { source, fingerprint }))
  const refresh = openReferenceRefresh({
    host: { ...room.clock, log: realHost().log },
    bus: { ...room.bus, execute: () => Promise.reject(new Error('nothing is to be recorded')) },
    stored,
    installationKey: key,
    everyMs: () => 60_000,
    references: {
      async resolve() {
        asked.push(room.clock.monotonicMs())
        if (isThere) return new Secret('the key')
        throw new TraseError('reference_failed', 'file:/run/key cannot be read: no such file')
      },
      close() {},
    },
  })
  await room.clock.advance(0)
  expect(textOf(stored)).toBe('the key')
  isThere = false
  await room.clock.advance(300_000)
  expect(asked).toEqual([0, 60_000, 70_000, 90_000, 130_000, 190_000, 250_000])
  expect(stored.troubleOf(work)).toMatchObject({ isAtHand: true, reason: 'file:/run/key cannot be read: no such file' })
  expect(textOf(stored)).toBe('the key')
  await room.clock.advance(86_400_000)
  expect(stored.troubleOf(work)).toMatchObject({ isAtHand: false })
  expect(textOf(stored)).toBeUndefined()
  isThere = true
  await room.clock.advance(60_000)
  expect(textOf(stored)).toBe('the key')
  expect(stored.troubleOf(work)).toBeNull()
  await refresh.close()
  stored.close()
})
