// The lines of the log that wait for the disk, in their order and within a limit.

export interface Lines {
  readonly bytes: Buffer
  readonly count: number
}

export interface WaitingLines {
  /** False when there is no room: then they are lost. */
  add(lines: Lines): boolean
  /** How long the first of them are; null when nothing waits. */
  firstBytes(): number | null
  /** The first lines, together with those behind them for as long as `fits` says yes to each. */
  take(fits: (bytesSoFar: number, bytes: number) => boolean): Lines
  /** What was taken and not written comes first again. */
  putBack(lines: Lines): void
}

/** What may wait for a slow disk, or for one that refuses. */
const bytesMax = 4_194_304

export function openWaitingLines(): WaitingLines {
  let waiting: Lines[] = []
  let waitingBytes = 0

  return {
    add(lines) {
      if (waitingBytes + lines.bytes.length > bytesMax) return false
      waiting.push(lines)
      waitingBytes += lines.bytes.length
      return true
    },
    firstBytes: () => waiting[0]?.bytes.length ?? null,
    take(fits) {
      let bytes = 0
      const end = waiting.findIndex((each, index) => {
        const isTooMuch = index > 0 && !fits(bytes, each.bytes.length)
        if (!isTooMuch) bytes += each.bytes.length
        return isTooMuch
      })
      const taken = waiting.splice(0, end < 0 ? waiting.length : end)
      waitingBytes -= bytes
      return {
        bytes: Buffer.concat(taken.map((each) => each.bytes)),
        count: taken.reduce((sum, { count }) => sum + count, 0),
      }
    },
    putBack(lines) {
      waiting = [lines, ...waiting]
      waitingBytes += lines.bytes.length
    },
  }
}
