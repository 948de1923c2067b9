// Follows one file and hands out its states, each only after it has lasted as long as its look demands.
import type { Host, Timer } from '../host.ts'
import type { SettingsFile } from './settings-file.ts'

export interface SettledFileDeps {
  readonly host: Host
  read(): Promise<SettingsFile>
  /** How long this state must last, in milliseconds, before it counts: 0 for one that needs no second look. */
  patienceMs(state: SettingsFile): number
  /** Called with each state that lasted, one call at a time. */
  onSettled(state: SettingsFile): Promise<void> | void
}

export interface SettledFile {
  /** Something happened to the file: look at once. */
  changed(): void
  /** Reads now and takes what is there, however short it has lasted; resolves after `onSettled`. */
  takeNow(): Promise<void>
  close(): Promise<void>
}

/** A state that waits is looked at this often or at a twentieth of its wait: a notice can get lost. */
const lookEveryMs = 10
/** A file that never comes to rest is taken after this time, but only a state of the shortest patience: nobody knows what the others still lack. */
const restlessMsMax = 250

/** Nothing is read before `changed` or `takeNow` is called. */
export function followSettledFile({ host, read, patienceMs, onSettled }: SettledFileDeps): SettledFile {
  let queue: Promise<void> = Promise.resolve()
  let looking = false
  let again = false
  let closed = false
  let timer: Timer | null = null
  /** The state that waits, since when it has been the same, and since when the file has been restless. */
  let pending: { readonly state: SettingsFile; readonly sinceMs: number; readonly restlessSinceMs: number } | null = null

  function enqueue(job: () => Promise<void>): Promise<void> {
    const run = queue.then(job)
    queue = run.catch(() => undefined) // the caller of this job has the error; the next job does not depend on it
    return run
  }

  async function settle(state: SettingsFile): Promise<void> {
    pending = null
    await onSettled(state)
  }

  async function look(): Promise<void> {
    const state = await read()
    if (closed) return
    const nowMs = host.monotonicMs()
    const same = pending !== null && sameState(pending.state, state)
    const sinceMs = same && pending ? pending.sinceMs : nowMs
    const restlessSinceMs = pending?.restlessSinceMs ?? nowMs
    const patience = patienceMs(state)
    const restless = patience <= lookEveryMs && nowMs - restlessSinceMs >= restlessMsMax
    if (nowMs - sinceMs >= patience || restless) return settle(state)
    pending = { state, sinceMs, restlessSinceMs }
    lookLater(Math.min(sinceMs + patience - nowMs, Math.max(lookEveryMs, patience / 20)))
  }

  function lookLater(delayMs: number): void {
    timer?.cancel()
    timer = host.setTimer(delayMs, lookSoon)
  }

  /** One look at a time; notices that come during one lead to one more. */
  function lookSoon(): void {
    if (closed) return
    again = true
    if (looking) return
    looking = true
    void enqueue(async () => {
      while (again && !closed) {
        again = false
        await look()
      }
    }).finally(() => (looking = false))
  }

  return {
    changed: lookSoon,
    takeNow: () => enqueue(async () => settle(await read())),
    async close() {
      closed = true
      timer?.cancel()
      await queue
    },
  }
}

function sameState(a: SettingsFile, b: SettingsFile): boolean {
  if (a.kind === 'file' && b.kind === 'file') return a.bytes.equals(b.bytes)
  if (a.kind === 'unusable' && b.kind === 'unusable') return a.reason === b.reason
  return a.kind === b.kind
}
