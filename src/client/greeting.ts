// Tells the gateway who calls, and learns from its answer whether it is of another version than this program.
import { TraseError } from '../errors.ts'
import { version } from '../version.ts'
import { otherProgram } from './other-version.ts'
import type { PendingCalls } from './pending-calls.ts'

export interface Greeting {
  /** What goes out before the first call, in the same write: one of its own would cost as much as the answer takes. */
  messages(): readonly object[]
  /** See `GatewayClient.otherVersion`. */
  otherVersion(): string | null
  /** What a failed call is, given the version of the gateway. */
  explain(error: unknown): Promise<unknown>
}

/** @param kind undefined: says nothing, and hears nothing */
export function openGreeting(calls: Pick<PendingCalls, 'add'>, kind: 'cli' | 'rpc' | undefined): Greeting {
  let greeted: Promise<void> | null = null
  let otherVersion: string | null = null

  return {
    messages() {
      if (kind === undefined || greeted !== null) return []
      const { id, answer } = calls.add('client.hello')
      greeted = answer.then(
        (said) => void (otherVersion = otherThanOurs(said)),
        // It is gone, or too old to take the greeting.
        (error: unknown) => void (otherVersion = isMisunderstood(error) ? otherThanOurs(null) : null),
      )
      return [{ jsonrpc: '2.0', id, method: 'client.hello', params: { kind, version } }]
    },
    otherVersion: () => otherVersion,
    async explain(error) {
      if (!isMisunderstood(error)) return error
      await greeted
      return otherVersion === null ? error : otherProgram(otherVersion, error)
    },
  }
}

/** The answer to a greeting in words; null when the gateway is of this very version. Older ones answer without theirs. */
function otherThanOurs(said: unknown): string | null {
  const theirs = typeof said === 'object' && said !== null && 'version' in said ? said.version : null
  if (theirs === version) return null
  return typeof theirs === 'string' ? `version ${theirs}` : 'an older version'
}

/** A request that the gateway could make nothing of: no such method, or other parameters. */
function isMisunderstood(error: unknown): error is TraseError {
  return error instanceof TraseError && typeof error.data?.['rpcCode'] === 'number'
}
