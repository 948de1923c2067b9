// Fills a log with as many realistic events as asked, through the storage's own append: node bench/fill-log.mjs DATABASE EVENTS
// @ts-check
import { pathToFileURL, fileURLToPath } from 'node:url'
import { bundleScript } from '../test/support/bundle-script.mjs'

const migrationsDir = fileURLToPath(new URL('../migrations', import.meta.url))
const eventsPerCommit = 1_000
/** How far the made-up events lie apart: a million of them are about a year. */
const stepMs = 30_000
const startedAt = Date.UTC(2025, 0, 1)

const providers = ['anthropic', 'openai', 'google', 'groq', 'mistral']
const credentials = providers.flatMap((provider) =>
  ['default', 'work', 'team', 'spare'].map((name, index) => ({
    provider,
    profileId: `${provider}:${name}`,
    fingerprint: `${provider}${index}`
      .replaceAll(/[^0-9a-f]/g, '0')
      .padEnd(16, '0')
      .slice(0, 16),
  })),
)
const actors = { file: JSON.stringify({ kind: 'file' }), http: JSON.stringify({ kind: 'http', program: 'node' }) }

/**
 * Appends `events` events to a new or existing log; its credentials are rate limited, and cleared, in turn.
 * @param {{ databasePath: string, events: number }} what
 */
export async function fillLog({ databasePath, events }) {
  const bundle = await bundleScript('src/storage/open-storage.ts')
  try {
    /** @type {typeof import('../src/storage/open-storage.ts')} */
    const { openStorage } = await import(pathToFileURL(bundle.path).href)
    const storage = openStorage({ databasePath, migrationsDir, foldVersion: 0, openedAt: startedAt })
    const first = storage.opening.lastPosition
    /** @type {Map<string, number>} */
    const versions = new Map()
    for (let done = 0; done < events; done += eventsPerCommit) {
      const numbers = Array.from({ length: Math.min(eventsPerCommit, events - done) }, (_, index) => done + index)
      const requests = numbers.map((number) => {
        const { stream, event } = eventNumber(number, first + number)
        const expectedVersion = versions.get(stream) ?? storage.streamVersion(stream)
        versions.set(stream, expectedVersion + 1)
        return { stream, expectedVersion, events: [event] }
      })
      for (const outcome of storage.append(requests)) {
        if (outcome instanceof Error) throw outcome
        if (outcome.outcome !== 'appended') throw new Error('somebody else appends to this log: stop the gateway first')
      }
    }
    storage.close()
  } finally {
    await bundle.remove()
  }
}

/**
 * @param {number} number
 * @param {number} step
 */
function eventNumber(number, step) {
  const credential = credentials[number % credentials.length]
  if (!credential) throw new RangeError('no credential') // cannot be: the index is within the list
  const { profileId, provider, fingerprint } = credential
  const at = startedAt + step * stepMs
  const round = Math.floor(number / credentials.length)
  const until = new Date(at + stepMs).toISOString()
  const added = { profileId, provider, kind: 'api_key', source: { kind: 'vault', name: profileId }, fingerprint }
  const limited = { profileId, model: 'large-4', until, retryAfterMs: stepMs, status: 429, refusals: 1 }
  const [type, schema, actor, data] =
    round === 0
      ? /** @type {const} */ (['CredentialAdded', 2, actors.file, added])
      : round % 10 === 0
        ? /** @type {const} */ (['CredentialCooldownCleared', 1, actors.http, { profileId }])
        : /** @type {const} */ (['CredentialRateLimited', 1, actors.http, limited])
  const event = { type, schema, at, actor, cause: null, data: JSON.stringify(data) }
  return { stream: `credential:${profileId}`, event }
}

const [, script, databasePath, events] = process.argv
if (script === fileURLToPath(import.meta.url)) {
  if (!databasePath || !(Number(events) > 0)) {
    process.stderr.write('usage: node bench/fill-log.mjs DATABASE EVENTS\n')
    process.exit(64)
  }
  await fillLog({ databasePath, events: Number(events) })
}
