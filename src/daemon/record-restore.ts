// Records at the first start of a restored home that it began again, before anything else comes into its history.
import { forgetRestoredNote, readRestoredNote } from '../backup/restored-note.ts'
import type { Host } from '../host.ts'
import type { CommandBus } from './command-bus.ts'

/** A kill between the event and the end of the note leaves the note, and a history that has gone on: it is not told twice. */
export async function recordRestore(
  { paths, log }: Host,
  bus: Pick<CommandBus, 'execute' | 'position'>,
): Promise<void> {
  const note = await readRestoredNote(paths.home)
  if (note === null) return
  const { position, madeAt } = note
  if (bus.position() === position) {
    await bus.execute({ type: 'RecordRestore', position, madeAt }, { kind: 'gateway' })
    log.info({ position, madeAt }, 'this home was restored from a backup')
  }
  await forgetRestoredNote(paths.home)
}
