// What crosses between the main thread and the thread of a backup: one question at a time, and its answer.
import type { BackupPiece, BackupTaken, Sealing } from '../domain/backup.ts'
import type { HomePaths } from '../host.ts'
import type { Reply } from '../storage/thread-messages.ts'
import type { Copied } from './pack.ts'
import type { Restored, RestoreJob } from './restore-into.ts'

/** What each question takes and gives. */
export interface QuestionTable {
  /** Answered once; `finish` goes on from it. */
  copy: { argument: { readonly paths: HomePaths; readonly copyPath: string; readonly madeAt: number }; value: Copied }
  finish: {
    argument: { readonly key: Uint8Array | null; readonly sealing: Sealing }
    value: Omit<BackupTaken, 'backupId'>
  }
  next: { argument: undefined; value: BackupPiece }
  restore: { argument: RestoreJob; value: Restored }
}

export type QuestionName = keyof QuestionTable
export type Question = {
  [N in QuestionName]: { readonly ask: N; readonly argument: QuestionTable[N]['argument'] }
}[QuestionName]
export type Answer<N extends QuestionName = QuestionName> = Reply<QuestionTable[N]['value']>

/** Raw bytes of a piece: small beside a line of the control socket, and the main thread handles it in half a millisecond. */
export const pieceBytes = 262_144
