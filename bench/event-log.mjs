// Durable appends a second through the storage thread, beside a bare insert of better-sqlite3 in a commit of its own.
// @ts-check
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import { bundleScript } from '../test/support/bundle-script.mjs'

/** @typedef {import('../src/storage/event-log.ts').EventLog} EventLog */

const measureMs = 2_000
const migrationsDir = fileURLToPath(new URL('../migrations', import.meta.url))
const threadEntry = new URL('../dist/storage-thread.cjs', import.meta.url)
const data = {
  profileId: 'anthropic:default',
  model: 'large-4',
  until: '2026-01-01T00:00:00.000Z',
  retryAfterMs: 30_000,
  status: 429,
  refusals: 1,
}

export async function run() {
  const folder = await mkdtemp(join(tmpdir(), 'traseai-bench-'))
  const bundle = await bundleScript('src/storage/open-event-log.ts')
  try {
    /** @type {typeof import('../src/storage/open-event-log.ts')} */
    const { openEventLog } = await import(pathToFileURL(bundle.path).href)
    const databasePath = join(folder, 'traseai.db')
    const { log } = await openEventLog({ databasePath, migrationsDir, threadEntry, foldVersion: 0, now: Date.now })
    await appendFor(log, 64, measureMs / 4) // lets the compiler settle
    const rows = []
    for (const callers of [1, 64]) {
      const bare = bareInserts(join(folder, `bare-${callers}.db`))
      const { appendsPerSecond, p99Ms } = await appendFor(log, callers, measureMs)
      const against = 'better-sqlite3, one insert a commit'
      const name = `durable appends, ${callers} ${callers === 1 ? 'caller' : 'callers'}`
      rows.push({ name, value: appendsPerSecond, unit: 'per s', against, ratio: appendsPerSecond / bare })
      rows.push({ name: `${name}, p99`, value: p99Ms, unit: 'ms' })
    }
    await log.close()
    return rows
  } finally {
    await bundle.remove()
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * `callers` that each wait for one append before the next.
 * @param {EventLog} log
 * @param {number} callers
 * @param {number} durationMs
 */
async function appendFor(log, callers, durationMs) {
  /** @type {number[]} */
  const latenciesMs = []
  const startedAt = performance.now()
  const append = async (/** @type {string} */ stream) => {
    let expectedVersion = await log.streamVersion(stream)
    for (let now = startedAt; now - startedAt < durationMs; expectedVersion += 1) {
      const event = { type: 'CredentialRateLimited', schema: 1, at: Date.now(), cause: null, data }
      const outcome = await log.append({ stream, expectedVersion, events: [{ ...event, actor: { kind: 'http' } }] })
      if (outcome.outcome !== 'appended') throw new Error(`${stream} was appended to by somebody else`)
      latenciesMs.push(performance.now() - now)
      now = performance.now()
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, number) => append(`credential:acme:${callers}-${number}`)))
  const elapsedMs = performance.now() - startedAt
  const sorted = latenciesMs.slice(callers).sort((a, b) => a - b) // the first of each began before the others had
  return {
    appendsPerSecond: (latenciesMs.length / elapsedMs) * 1_000,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
  }
}

/** What the package made may not be collected: see src/storage/connect-database.ts. */
const kept = []

/**
 * The same row in a table without triggers and further indexes, durable by itself each time.
 * @param {string} path
 */
function bareInserts(path) {
  const database = new Database(path)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  database.exec(
    'CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT, version INTEGER, at INTEGER, data TEXT)',
  )
  const insert = database.prepare('INSERT INTO events (stream, version, at, data) VALUES (?, ?, ?, ?)')
  const startedAt = performance.now()
  let count = 0
  for (; performance.now() - startedAt < measureMs; count += 1) {
    insert.run('credential:acme:bare', count, Date.now(), JSON.stringify(data))
  }
  const perSecond = (count / (performance.now() - startedAt)) * 1_000
  database.close()
  kept.push(database, insert)
  return perSecond
}
