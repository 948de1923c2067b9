// The entry of the storage thread: opens the database, then answers whatever waits, batch by batch; or inspects one and ends.
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads'
import { inspectDatabase } from './inspect-database.ts'
import { openStorage, type Storage } from './open-storage.ts'
import { serveCalls } from './serve-calls.ts'
import { storageError } from './storage-errors.ts'
import {
  plainError,
  type Call,
  type InspectionOptions,
  type OpeningReply,
  type Reply,
  type ThreadOptions,
} from './thread-messages.ts'

/** Bounds one commit, and with it how long its first caller waits: about 50 ms of work. */
const callsPerBatchMax = 4_000

function main(port: MessagePort, options: ThreadOptions): void {
  const storage = openOrRefuse(port, options)
  if (!storage) return port.close()
  port.on('message', (calls: Call[]) => {
    for (const more of waitingMessages(port, calls.length)) calls.push(...more)
    port.postMessage(serveCalls(storage, calls))
    if (calls.at(-1)?.method === 'close') port.close() // nothing holds the thread any longer: it ends
  })
}

function openOrRefuse(port: MessagePort, options: ThreadOptions): Storage | undefined {
  try {
    const storage = openStorage(options)
    port.postMessage({ value: storage.opening } satisfies OpeningReply)
    return storage
  } catch (error) {
    const failure = storageError(error, `cannot open ${options.databasePath}`)
    port.postMessage({ error: plainError(failure) } satisfies OpeningReply)
    return undefined
  }
}

/** Takes from the port what came while the last batch waited for the disk. */
function* waitingMessages(port: MessagePort, taken: number): Generator<Call[]> {
  let count = taken
  while (count < callsPerBatchMax) {
    const waiting: { readonly message: Call[] } | undefined = receiveMessageOnPort(port)
    if (!waiting) return
    count += waiting.message.length
    yield waiting.message
  }
}

function inspect(port: MessagePort, { inspect: path, isOpenHere }: InspectionOptions): void {
  try {
    port.postMessage({ value: inspectDatabase(path, isOpenHere) } satisfies Reply)
  } catch (error) {
    port.postMessage({ error: plainError(storageError(error, `cannot check ${path}`)) } satisfies Reply)
  }
}

if (parentPort) {
  const options = workerData as ThreadOptions | InspectionOptions // set by start-thread.ts or start-inspection.ts
  if ('inspect' in options) inspect(parentPort, options)
  else main(parentPort, options)
}
