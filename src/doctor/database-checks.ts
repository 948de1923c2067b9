// Whether the database is whole, and whether what the gateway knows is what its log says.
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { decodeEvent } from '../domain/events.ts'
import { evolve, initialState, type State } from '../domain/state.ts'
import { TraseError } from '../errors.ts'
import type { EventLog } from '../storage/event-log.ts'
import { startInspection } from '../storage/start-inspection.ts'
import type { Finding, HostDeps, LiveDeps } from './check.ts'
import { isOurs } from './home-checks.ts'
import { withinLimit } from './within-limit.ts'

/** Less than a check may take, so that a large database is no failure. */
const inspectionMsMax = 4_000
const restoreHint = 'keep the file, restore a backup, and do not start a gateway on it'

export async function checkDatabase({ host, packageRoot, runsIn }: HostDeps): Promise<readonly Finding[]> {
  const path = host.paths.database
  // SQLite makes files beside the one that it reads, and those must not be root's in somebody else's home.
  if (!(await isOurs(host))) return [{ severity: 'ok', message: `${path} is another user's, and was not opened` }]
  const inspection = startInspection(path, join(packageRoot, 'dist', 'storage-thread.cjs'), runsIn === 'gateway')
  const problems = await withinLimit(host, inspectionMsMax, inspection.problems.catch(unlessReplaced))
  await inspection.end()
  if (problems === null) return [{ severity: 'ok', message: `${path} is not there yet: the first start makes it` }]
  if (problems === 'replaced') {
    return [{ severity: 'ok', message: `${path} was not looked over: the program of this gateway was replaced` }]
  }
  if (problems === 'late') {
    return [{ severity: 'ok', message: `${path} is too large to be looked over within ${inspectionMsMax / 1_000} s` }]
  }
  return problems.map((message) => ({ severity: 'error', message, hint: restoreHint }))
}

/** The check `program` tells of that. */
function unlessReplaced(error: unknown): 'replaced' {
  if (error instanceof TraseError && error.code === 'program_replaced') return 'replaced'
  throw error
}

/** Folding more would keep requests waiting. */
const eventsMax = 20_000
/** Some milliseconds of work, between which requests are served. */
const pageEvents = 200

/** The state is a fold over the log: folded once more from its beginning, it must come out the same. */
export async function checkHistory(_deps: HostDeps, { log, durable }: LiveDeps): Promise<readonly Finding[]> {
  const { state, position } = durable()
  if (position > eventsMax) {
    const message = `the history has ${position} events, too many to fold all of them beside requests (${eventsMax} at most)`
    return [{ severity: 'ok', message }]
  }
  if (isDeepStrictEqual(await foldUpTo(log, position), state)) return []
  const message = 'what the gateway holds in memory is not what its event log says'
  return [{ severity: 'error', message, hint: 'traseai gateway restart, and please report it' }]
}

export async function checkChanges(_deps: HostDeps, live: LiveDeps): Promise<readonly Finding[]> {
  const trouble = live.trouble()
  if (trouble === null) return []
  const { message, hint } = trouble
  return [{ severity: 'error', message: `changes cannot be written: ${message}`, ...(hint ? { hint } : {}) }]
}

async function foldUpTo(log: Pick<EventLog, 'read'>, position: number): Promise<State> {
  let state = initialState
  for (let after = 0; after < position;) {
    const page = await log.read({ after, limit: Math.min(pageEvents, position - after), order: 'asc' })
    state = page.map(decodeEvent).reduce(evolve, state)
    after = page.at(-1)?.position ?? position
  }
  return state
}
