// The remark that the gateway is of another version than this program: who replaced the program has to be told once what is left to do.
import { version } from '../version.ts'
import type { Io } from './io.ts'

export interface VersionRemark {
  /** Says it on stderr, once, unless the versions are the same or the output is for programs. */
  say(): void
  /** The same, where a person reads along. */
  sayAtTerminal(): void
}

/** @param otherVersion see `GatewayClient.otherVersion` */
export function openVersionRemark(io: Io, otherVersion: () => string | null): VersionRemark {
  let said = false

  function say(): void {
    const theirs = io.json ? null : otherVersion()
    if (theirs === null || said) return
    said = true
    io.note(`note: the gateway that runs is ${theirs}, and this is version ${version}: traseai gateway restart`)
  }

  return {
    say,
    sayAtTerminal() {
      if (otherVersion() !== null && io.stderr.isTTY === true) say()
    },
  }
}
