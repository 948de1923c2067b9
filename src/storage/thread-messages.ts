// What crosses between the main thread and the storage thread: calls one way, replies in the same order the other way.
import type { SealedSecret } from '../domain/sealed-secret.ts'
import type { UsageGroup, UsageQuestion, UsageRow } from '../domain/usage.ts'
import type { ErrorName, TraseError } from '../errors.ts'
import type { EncodedAppend } from './append.ts'
import type { AppendOutcome, ReadRequest, UsageRollup } from './event-log.ts'
import type { EventRow } from './event-row.ts'
import type { Opening, StorageOptions } from './open-storage.ts'
import type { VaultKeyChange } from './secrets.ts'
import type { EncodedSnapshot } from './snapshots.ts'

/** What each call takes and gives; a call that is not here does not exist. */
export interface CallTable {
  append: { argument: EncodedAppend; value: AppendOutcome }
  read: { argument: ReadRequest; value: EventRow[] }
  streamVersion: { argument: string; value: number }
  saveSnapshot: { argument: EncodedSnapshot; value: void }
  saveUsage: { argument: readonly UsageRollup[]; value: void }
  saveUsageHistory: { argument: readonly UsageRow[]; value: void }
  readUsageHistory: { argument: UsageQuestion; value: UsageGroup[] }
  readSecrets: { argument: undefined; value: SealedSecret[] }
  saveVaultKey: { argument: VaultKeyChange; value: boolean }
  /** The last call: the thread ends after its reply. */
  close: { argument: undefined; value: void }
}

export type Method = keyof CallTable
export type Call = { [M in Method]: { readonly method: M; readonly argument: CallTable[M]['argument'] } }[Method]

/** A TraseError without its stack and cause, which cannot be cloned. */
export interface PlainError {
  readonly code: ErrorName
  readonly message: string
  readonly hint: string | undefined
  readonly data: Readonly<Record<string, unknown>> | undefined
}

export type Reply<Value = unknown> = { readonly value: Value } | { readonly error: PlainError }

/** Of the program that starts the thread: one that was installed meanwhile has another thread, with other messages. */
interface Starter {
  readonly program: string
}

/** `workerData` of the thread. */
export type ThreadOptions = StorageOptions & Starter
/** `workerData` of a thread that only looks a database over; its one message is a `Reply` with what is wrong. */
export interface InspectionOptions extends Starter {
  readonly inspect: string
  /** See `inspectDatabase`. */
  readonly isOpenHere: boolean
}
/** `workerData` of a thread that reads what a log says without taking part in it; its one message is a `Reply` with a `LogLook`. */
export interface LookOptions {
  readonly program: string
  readonly look: string
  readonly foldVersion: number
  /** More of them are not read. */
  readonly eventsMax: number
}
/** The first message of the thread, before any reply. */
export type OpeningReply = Reply<Opening>

/** How many calls one message carries: what the thread unpacks at once stays small beside its heap limit. */
export const callsPerMessageMax = 1_000

export function plainError({ code, message, hint, data }: TraseError): PlainError {
  return { code, message, hint, data }
}
