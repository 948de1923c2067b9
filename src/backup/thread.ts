// The entry of the thread of a backup or a restore: answers questions until it is ended.
import { type MessagePort, parentPort } from 'node:worker_threads'
import type { ReadableStreamDefaultReader } from 'node:stream/web'
import type { BackupPiece } from '../domain/backup.ts'
import { TraseError } from '../errors.ts'
import { storageError } from '../storage/storage-errors.ts'
import { plainError } from '../storage/thread-messages.ts'
import { type Answer, pieceBytes, type Question, type QuestionName, type QuestionTable } from './messages.ts'
import { type OpenedPack, openPack } from './pack.ts'
import { restoreInto } from './restore-into.ts'

type Answering = {
  readonly [N in QuestionName]: (argument: QuestionTable[N]['argument']) => Promise<QuestionTable[N]['value']>
}

function openAnswers(): Answering {
  let pack: OpenedPack | null = null
  let pieces: (() => Promise<BackupPiece>) | null = null
  return {
    async copy(options) {
      pack = await openPack(options)
      return pack.copied
    },
    async finish({ key, sealing }) {
      if (!pack) throw new TraseError('internal', 'a backup was finished that was not begun')
      const { manifest, notes, stream } = await pack.finish(key, sealing)
      pieces = openPieces(stream.getReader())
      const { files, position, lastEventAt, madeAt, vault } = manifest
      return {
        position,
        lastEventAt,
        madeAt,
        files: files.map(({ path }) => path),
        bytes: files.reduce((sum, file) => sum + file.bytes, 0),
        secrets: vault?.secrets ?? 0,
        masterKey: key !== null,
        notes,
      }
    },
    next: () =>
      pieces ? pieces() : Promise.reject(new TraseError('internal', 'a backup was read that was not finished')),
    restore: restoreInto,
  }
}

/** Age gives 64 KiB at a time: each message has its cost. */
function openPieces(reader: ReadableStreamDefaultReader<Uint8Array>): () => Promise<BackupPiece> {
  return async () => {
    const parts: Uint8Array[] = []
    for (let bytes = 0; bytes < pieceBytes;) {
      const { value, done } = await reader.read()
      if (done) return { data: Buffer.concat(parts).toString('base64'), last: true }
      parts.push(value)
      bytes += value.length
    }
    return { data: Buffer.concat(parts).toString('base64'), last: false }
  }
}

function serve(port: MessagePort): void {
  const answers = openAnswers()
  let last: Promise<unknown> = Promise.resolve()
  port.on('message', ({ ask, argument }: Question) => {
    const answer = answers[ask] as (argument: unknown) => Promise<unknown> // Question pairs the two
    last = answered(last, async () => {
      try {
        port.postMessage({ value: await answer(argument) })
      } catch (error) {
        port.postMessage({ error: plainError(storageError(error, 'the backup could not go on')) } satisfies Answer)
      }
    })
  })
}

/** One question after the other. */
async function answered(before: Promise<unknown>, work: () => Promise<void>): Promise<void> {
  await before
  await work()
}

if (parentPort) serve(parentPort)
