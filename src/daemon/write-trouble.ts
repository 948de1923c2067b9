// Notices that changes cannot be written, and that they can again: each is said once, however many writes fail in between.
import { messageOf, TraseError } from '../errors.ts'
import type { Host, Timer } from '../host.ts'

export interface Trouble {
  /** Why the last write failed. */
  readonly message: string
  readonly hint: string | undefined
  /** Epoch milliseconds: when the first write failed. */
  readonly since: number
}

export interface WriteTrouble {
  /** Settles as the write does; a failed one, and one that lasts for too long, is the beginning of trouble. */
  watch<T>(write: Promise<T>): Promise<T>
  /** Something is on disk: the trouble is over. */
  wrote(): void
  current(): Trouble | null
  /** Calls back when trouble begins and, with null, when it is over; returns the way to stop. */
  onChange(listener: (trouble: Trouble | null) => void): () => void
  close(): void
}

export interface WriteTroubleDeps {
  readonly host: Pick<Host, 'now' | 'monotonicMs' | 'setTimer' | 'log'>
  /** A write that changes nothing: it finds out whether the trouble is over while nobody else writes. */
  tryWriting(): Promise<void>
}

/** A disk that says nothing for so long hangs, as that of a file server that is gone. */
const silentMsMax = 10_000
/** After a failed write the next try comes after this time, and then after twice as long each time. */
const [tryMsMin, tryMsMax] = [1_000, 4_000]
/** Failures that say nothing about the disk. */
const notTheDisk: ReadonlySet<string> = new Set(['conflict', 'busy', 'usage', 'internal'])

export function openWriteTrouble({ host, tryWriting }: WriteTroubleDeps): WriteTrouble {
  const listeners = new Set<(trouble: Trouble | null) => void>()
  let trouble: Trouble | null = null
  /** By their codes: a reason that was told in this trouble is not told again. */
  let told = new Set<string>()
  let beganAtMs = 0
  let retry: Timer | null = null
  let closed = false
  const silence = openSilence(host, () => failed(new TraseError('storage_failed', silentWords, { hint: silentHint })))

  async function watch<T>(write: Promise<T>): Promise<T> {
    silence.begin()
    try {
      return await write
    } catch (error) {
      if (!(error instanceof TraseError && notTheDisk.has(error.code))) failed(error)
      throw error
    } finally {
      silence.end()
    }
  }

  function failed(error: unknown): void {
    if (closed) return
    const isFirst = trouble === null
    const { code, hint } = error instanceof TraseError ? error : { code: 'internal', hint: undefined }
    trouble = { message: messageOf(error), hint, since: trouble?.since ?? host.now() }
    if (!told.has(code)) {
      told.add(code)
      host.log.error({ error: trouble.message, ...(hint ? { hint } : {}) }, 'changes cannot be written')
    }
    if (!isFirst) return
    beganAtMs = host.monotonicMs()
    tryAfter(tryMsMin)
    for (const listener of listeners) listener(trouble)
  }

  function tryAfter(delayMs: number): void {
    retry = host.setTimer(delayMs, () => {
      watch(tryWriting()).then(wrote, () => {
        if (!closed && trouble !== null) tryAfter(Math.min(delayMs * 2, tryMsMax))
      })
    })
  }

  function wrote(): void {
    if (trouble === null || closed) return
    retry?.cancel()
    trouble = null
    told = new Set()
    host.log.info({ afterMs: Math.round(host.monotonicMs() - beganAtMs) }, 'changes are written again')
    for (const listener of listeners) listener(null)
  }

  return {
    watch,
    wrote,
    current: () => trouble,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      closed = true
      silence.close()
      retry?.cancel()
    },
  }
}

const silentWords = 'the disk does not answer'
const silentHint = 'see whether the disk or the file server of the home directory is there: traseai doctor'

interface Silence {
  begin(): void
  end(): void
  close(): void
}

/** Calls back, again and again, while something is under way and nothing has come to its end for a while. */
function openSilence(host: Pick<Host, 'monotonicMs' | 'setTimer'>, onSilent: () => void): Silence {
  let underWay = 0
  let movedAtMs = 0
  let timer: Timer | null = null

  function look(): void {
    timer = null
    if (underWay === 0) return
    const leftMs = movedAtMs + silentMsMax - host.monotonicMs()
    if (leftMs <= 0) onSilent()
    timer = host.setTimer(leftMs > 0 ? leftMs : silentMsMax, look)
  }

  return {
    begin() {
      if (underWay === 0) movedAtMs = host.monotonicMs()
      underWay += 1
      timer ??= host.setTimer(silentMsMax, look)
    },
    end() {
      underWay -= 1
      movedAtMs = host.monotonicMs()
    },
    close: () => timer?.cancel(),
  }
}
