// The entry of the storage thread: opens the database, then answers whatever waits, batch by batch; or answers one question about one and ends.
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads'
import { TraseError } from '../errors.ts'
import { version } from '../version.ts'
import { inspectDatabase } from './inspect-database.ts'
import { lookAtLog } from './look-at-log.ts'
import { openStorage, type Storage } from './open-storage.ts'
import { serveCalls } from './serve-calls.ts'
import { storageError } from './storage-errors.ts'
import {
  plainError,
  type Call,
  type InspectionOptions,
  type LookOptions,
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
    refuseOtherProgram(options)
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

/** One question about a database, and the end. */
function answer(port: MessagePort, options: InspectionOptions | LookOptions, path: string, ask: () => unknown): void {
  try {
    refuseOtherProgram(options)
    port.postMessage({ value: ask() } satisfies Reply)
  } catch (error) {
    port.postMessage({ error: plainError(storageError(error, `cannot check ${path}`)) } satisfies Reply)
  }
}

/** A program that was installed over the running one has put its own thread in the place of this gateway's. */
function refuseOtherProgram({ program }: { readonly program: string }): void {
  if (program === version) return
  throw new TraseError(
    'program_replaced',
    `version ${version} was installed while a gateway of version ${program} runs, which cannot use its files`,
  )
}

if (parentPort) {
  const options = workerData as ThreadOptions | InspectionOptions | LookOptions // set by start-….ts
  if ('inspect' in options) {
    answer(parentPort, options, options.inspect, () => inspectDatabase(options.inspect, options.isOpenHere))
  } else if ('look' in options) answer(parentPort, options, options.look, () => lookAtLog(options.look, options))
  else main(parentPort, options)
}
