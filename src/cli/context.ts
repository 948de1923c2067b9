// What a command works with, and how the command line hands work over.
import type { GatewayClient } from '../client/connect.ts'
import type { Host } from '../host.ts'
import type { Io } from './io.ts'

export interface Context {
  readonly host: Host
  readonly io: Io
  /** Where the program is installed; its bundle and migrations lie below. */
  readonly packageRoot: string
  /** Loads the daemon's bundle, which no other command pays for. */
  loadDaemon(): Promise<unknown>
  /** Loads the bundle of what only dialogues need; `loadInteractive` of interactive-bundle.ts knows its type. */
  loadInteractive(): Promise<unknown>
  /**
   * The gateway of this home, started in the background when none runs and nobody forbade it. Closed when the command ends.
   * @throws TraseError `gateway_unreachable`
   */
  gateway(): Promise<GatewayClient>
  /** The gateway of this home if it runs, never started. @throws TraseError `gateway_unreachable` */
  runningGateway(): Promise<GatewayClient>
  /** Starts the gateway in the background if none runs, whatever autostart says. @throws TraseError what keeps it from starting */
  startGateway(): Promise<{ readonly gateway: GatewayClient; readonly started: boolean }>
  /** Says on stderr that the gateway is of another version than this program, if it is. At a terminal every command does so at its end. */
  remarkVersion(): void
}

/** The work of a command; resolves to its exit status. */
export type Work = (context: Context) => Promise<number>

/** Runs the work of the command that was parsed. The tree is built without knowing how: reference and completion read it too. */
export type Act = (work: Work) => Promise<void>
