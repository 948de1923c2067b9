// Follows one file and hands out its states, each only after it has lasted as long as its look demands.
import { messageOf } from '../errors.ts'
import type { Host, Timer } from '../host.ts'
import type { SettingsFile } from './settings-file.ts'

export interface SettledFileDeps {
  readonly host: Host
  read(): Promise<SettingsFile>
  /** How long this state must last, in milliseconds, before it counts: 0 for one that needs no second look. */
  patienceMs(state: SettingsFile): number | Promise<number>
  /** Called with each state that lasted. */
  onSettled(state: SettingsFile): void
}

export interface SettledFile {
  /** Something happened to the file: look at once. */
  changed(): void
  /** Resolves when a state that was read after this call has settled, or after `restWaitMsMax` when none does. */
  rested(): Promise<void>
  /** Reads now and takes what is there, however short it has lasted; resolves after `onSettled`. */
  takeNow(): Promise<void>
  close(): Promise<void>
}

/** A state that waits is looked at this often, or at a twentieth of its wait: a notice can get lost. */
const lookEveryMs = 10
/**
 * A file that never comes to rest is taken after this time, but only a state of the shortest patience: nobody knows what
 * the others still lack.
 */
const restlessMsMax = 250
/**
 * What keeps a file from being read may end without any change of the file: no descriptors left, a file server that is
 * away for a while.
 */
const unusableLookEveryMs = 2_000
/** How long a caller waits for a file that never comes to rest. */
const restWaitMsMax = 5_000

/** A state that waits, since when it has been the same, and since when there has been something new. */
interface Pending {
  readonly state: SettingsFile
  readonly sinceMs: number
  readonly restlessSinceMs: number
}

/** Nothing is read before the first call. Reads and `onSettled` come one at a time. */
export function followSettledFile({ host, read, patienceMs, onSettled }: SettledFileDeps): SettledFile {
  let queue: Promise<void> = Promise.resolve()
  let [looking, again, closed] = [false, false, false]
  let [timer, pending]: [Timer | null, Pending | null] = [null, null]
  let waiting: (() => void)[] = []

  function settle(state: SettingsFile, answered: readonly (() => void)[]): void {
    pending = null
    timer?.cancel()
    timer = state.kind === 'unusable' ? host.setTimer(unusableLookEveryMs, lookSoon) : null
    onSettled(state)
    for (const resolve of answered) resolve()
  }

  async function look(): Promise<void> {
    const asked = waiting // whoever asks during the read waits for the next one
    waiting = []
    const state = await read()
    const patience = await patienceMs(state)
    if (closed) return asked.forEach((resolve) => resolve())
    const weighed = weigh(state, pending, host.monotonicMs(), patience)
    if (weighed === 'settled') return settle(state, asked)
    waiting = [...asked, ...waiting]
    pending = weighed.pending
    timer?.cancel()
    timer = host.setTimer(weighed.lookAgainMs, lookSoon)
  }

  /** One look at a time; notices that come during one lead to one more. */
  function lookSoon(): void {
    again = true
    if (looking || closed) return
    looking = true
    void enqueue(async () => {
      while (again && !closed) {
        again = false
        await look()
      }
      looking = false
    })
  }

  /** Never rejects: what a job throws is a defect of this program, and the next look may go better. */
  function enqueue(job: () => Promise<void>): Promise<void> {
    queue = queue.then(job).catch((error: unknown) => {
      looking = false
      host.log.error({ error: messageOf(error) }, 'a settings file could not be taken up')
    })
    return queue
  }

  return {
    changed: lookSoon,
    rested: () =>
      withLimit(host, (resolve) => {
        waiting.push(resolve)
        lookSoon()
      }),
    async takeNow() {
      await queue
      settle(await read(), [])
    },
    async close() {
      closed = true
      timer?.cancel()
      await queue
      for (const resolve of waiting) resolve()
    },
  }
}

function withLimit(host: Host, begin: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const limit = host.setTimer(restWaitMsMax, resolve)
    begin(() => {
      limit.cancel()
      resolve()
    })
  })
}

/** Whether a state has lasted, or since when it waits and when to look again. */
function weigh(
  state: SettingsFile,
  before: Pending | null,
  nowMs: number,
  patienceMs: number,
): 'settled' | { readonly pending: Pending; readonly lookAgainMs: number } {
  const sinceMs = before && sameState(before.state, state) ? before.sinceMs : nowMs
  const restlessSinceMs = before?.restlessSinceMs ?? nowMs
  const restless = patienceMs <= lookEveryMs && nowMs - restlessSinceMs >= restlessMsMax
  if (nowMs - sinceMs >= patienceMs || restless) return 'settled'
  const lookAgainMs = Math.min(sinceMs + patienceMs - nowMs, Math.max(lookEveryMs, patienceMs / 20))
  return { pending: { state, sinceMs, restlessSinceMs }, lookAgainMs }
}

/** Whether two looks saw the same. */
export function sameState(a: SettingsFile, b: SettingsFile): boolean {
  if (a.kind === 'file' && b.kind === 'file') return a.bytes.equals(b.bytes)
  if (a.kind === 'unusable' && b.kind === 'unusable') return a.reason === b.reason
  return a.kind === b.kind
}
