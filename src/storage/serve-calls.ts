// Answers a batch of calls: all appends in one commit, then the rest in their order.
import type { AppendOutcome } from './event-log.ts'
import type { TraseError } from '../errors.ts'
import type { Storage } from './open-storage.ts'
import { storageError } from './storage-errors.ts'
import { plainError, type Call, type CallTable, type Method, type Reply } from './thread-messages.ts'

/**
 * Replies in the order of the calls. All of them were waiting together, so none can tell that the appends went first;
 * a caller who wants to read what it wrote waits for the write.
 */
export function serveCalls(storage: Storage, calls: readonly Call[]): Reply[] {
  const requests = calls.flatMap((call) => (call.method === 'append' ? [call.argument] : []))
  const outcomes = requests.length === 0 ? [] : storage.append(requests)
  let answered = 0
  return calls.map((call) => {
    if (call.method !== 'append') return serve(storage, call)
    const outcome = outcomes[answered]
    answered += 1
    return appendReply(outcome)
  })
}

function appendReply(outcome: AppendOutcome | TraseError | undefined): Reply {
  return outcome instanceof Error ? { error: plainError(outcome) } : { value: outcome }
}

type OtherMethod = Exclude<Method, 'append'>
type Serve<M extends OtherMethod> = (storage: Storage, argument: CallTable[M]['argument']) => CallTable[M]['value']

const serving: { readonly [M in OtherMethod]: Serve<M> } = {
  read: (storage, request) => storage.read(request),
  streamVersion: (storage, stream) => storage.streamVersion(stream),
  saveSnapshot: (storage, snapshot) => storage.saveSnapshot(snapshot),
  saveUsage: (storage, rollups) => storage.saveUsage(rollups),
  saveUsageHistory: (storage, rows) => storage.saveUsageHistory(rows),
  readUsageHistory: (storage, question) => storage.readUsageHistory(question),
  readSecrets: (storage) => storage.readSecrets(),
  saveVaultKey: (storage, change) => storage.saveVaultKey(change),
  close: (storage) => storage.close(),
}

function serve(storage: Storage, { method, argument }: Exclude<Call, { method: 'append' }>): Reply {
  try {
    const work = serving[method] as (storage: Storage, argument: unknown) => unknown // Call pairs the two
    return { value: work(storage, argument) }
  } catch (error) {
    return { error: plainError(storageError(error, `cannot ${method}`)) }
  }
}
