// What the program that runs a gateway tells it.
import type { Environment } from '../host.ts'

export interface GatewayOptions {
  readonly env: Environment
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean }
  /** Takes each line of the log (JSON) for a person or a service manager who reads along. */
  readonly onLogLine?: (line: string) => void
  /** Started by a command that does not wait for it: nothing is printed, everything goes to the log file. */
  readonly background: boolean
  /** The folder with `migrations/` and `dist/`. */
  readonly packageRoot: string
}
