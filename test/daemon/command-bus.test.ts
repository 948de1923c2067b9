// The command bus on a real event log: what is acknowledged is on disk, and the state is always the fold of it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCommandBus, type CommandBus } from '../../src/daemon/command-bus.ts'
import type { CredentialCommand } from '../../src/domain/command.ts'
import { decodeEvent, type Actor, type RecordedEvent } from '../../src/domain/events.ts'
import { parseFingerprint, parseProfileId, parseProviderId } from '../../src/domain/ids.ts'
import { foldVersion } from '../../src/domain/fold-version.ts'
import { evolve, initialState } from '../../src/domain/state.ts'
import { realHost } from '../../src/host.ts'
import type { OpenedLog } from '../../src/storage/event-log.ts'
import { openEventLog } from '../../src/storage/open-event-log.ts'

const actor: Actor = { kind: 'cli', uid: 1000 }
const host = realHost()
let folder: string
let opened: OpenedLog
let bus: CommandBus

async function open(): Promise<void> {
  opened = await openEventLog({
    databasePath: join(folder, 'traseai.db'),
    migrationsDir: new URL('../../migrations', import.meta.url).pathname,
    threadEntry: new URL('../../dist/storage-thread.cjs', import.meta.url),
    foldVersion,
    now: () => host.now(),
  })
  bus = await openCommandBus(host, opened)
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'traseai-bus-'))
  await open()
})

afterEach(async () => {
  await opened.log.close()
  rmSync(folder, { recursive: true, force: true })
})

function add(name: string, fingerprint = '00000000000000aa'): CredentialCommand {
  return {
    type: 'AddCredential',
    profileId: parseProfileId(`openai:${name}`),
    provider: parseProviderId('openai'),
    kind: 'api_key',
    source: { kind: 'env-file', name },
    fingerprint: parseFingerprint(fingerprint),
    expiresAt: null,
    agent: null,
  }
}

function limit(name: string): CredentialCommand {
  const startedAt = host.now() + 1
  return {
    type: 'RecordRateLimit',
    profileId: parseProfileId(`openai:${name}`),
    model: null,
    status: 429,
    retryAfterMs: 60_000,
    startedAt,
    ladderMs: [30_000],
    succeededSince: false,
  }
}

async function foldedFromLog(): Promise<unknown> {
  const events = await opened.log.read({ after: 0, limit: 1_000, order: 'asc' })
  return events.map(decodeEvent).reduce(evolve, initialState)
}

describe('the command bus', () => {
  it('acknowledges an event with its position, and publishes it once', async () => {
    const published: RecordedEvent[] = []
    bus.onAppended((events) => published.push(...events))
    const events = await bus.execute(add('A'), actor)
    expect(events.map(({ position, type, version }) => ({ position, type, version }))).toEqual([
      { position: 1, type: 'CredentialAdded', version: 1 },
    ])
    expect(published).toEqual(events)
    expect(bus.position()).toBe(1)
  })

  it('does nothing, and says so, when a command changes nothing', async () => {
    await bus.execute(add('A'), actor)
    expect(await bus.execute(add('A'), actor)).toEqual([])
    expect(bus.position()).toBe(1)
  })

  it('waits with "nothing to do" until what it relies on is on disk', async () => {
    const first = bus.execute(add('A'), actor)
    const second = bus.execute(add('A'), actor)
    expect(await second).toEqual([])
    expect(await opened.log.read({ after: 0, limit: 10, order: 'asc' })).toHaveLength(1)
    await first
  })

  it('takes 200 commands on one stream at once, each on the version that the one before will have made', async () => {
    const fingerprints = Array.from({ length: 200 }, (_, index) => index.toString(16).padStart(16, '0'))
    await Promise.all(fingerprints.map((fingerprint) => bus.execute(add('A', fingerprint), actor)))
    const events = await opened.log.read({ after: 0, limit: 1_000, order: 'asc' })
    expect(events.map((event) => event.version)).toEqual(fingerprints.map((_, index) => index + 1))
    expect(bus.state().credentials['openai:A']?.fingerprint).toBe(fingerprints.at(-1))
  })

  it('adds a removed credential again on the version where its stream ended', async () => {
    await bus.execute(add('A'), actor)
    await bus.execute({ type: 'RemoveCredential', profileId: parseProfileId('openai:A'), reason: 'test' }, actor)
    await opened.log.close()
    await open()
    const [event] = await bus.execute(add('A'), actor)
    expect(event?.version).toBe(3)
  })

  it('changes the state at once for a fact that is written behind it', async () => {
    await bus.execute(add('A'), actor)
    bus.record(limit('A'), { kind: 'http' })
    expect(Object.keys(bus.state().credentials['openai:A']?.cooldowns ?? {})).toEqual(['*'])
    await bus.execute(add('B'), actor)
    expect(await foldedFromLog()).toEqual(bus.state())
  })

  it('ignores a fact about a credential that is gone', () => {
    bus.record(limit('never-there'), { kind: 'http' })
    expect(bus.state()).toEqual(initialState)
  })

  it('has the same state after a restart, with a snapshot and without', async () => {
    for (const name of ['A', 'B', 'C']) await bus.execute(add(name), actor)
    const before = bus.state()
    await opened.log.close()
    await open()
    expect(bus.state()).toEqual(before)
    await bus.close()
    await bus.execute(add('D'), actor)
    const after = bus.state()
    await opened.log.close()
    await open()
    expect(opened.snapshot?.position).toBe(3)
    expect(bus.state()).toEqual(after)
  })

  it('writes a snapshot by itself, so that a start folds at most a thousand events', async () => {
    const fingerprints = Array.from({ length: 1_500 }, (_, index) => index.toString(16).padStart(16, '0'))
    await Promise.all(fingerprints.map((fingerprint) => bus.execute(add('A', fingerprint), actor)))
    await opened.log.close()
    await open()
    expect(opened.snapshot?.position).toBeGreaterThanOrEqual(1_000)
    expect(bus.position()).toBe(1_500)
  })

  it('gives back the state of the disk when a write fails', async () => {
    await bus.execute(add('A'), actor)
    await opened.log.close()
    await expect(bus.execute(add('A', '00000000000000bb'), actor)).rejects.toMatchObject({ code: 'storage_failed' })
    expect(bus.state().credentials['openai:A']?.fingerprint).toBe('00000000000000aa')
    expect(bus.failure()).toBe('the event log is closed')
    await open()
    await bus.execute(add('B'), actor)
    expect(bus.failure()).toBeNull()
  })
})
