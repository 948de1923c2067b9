// The note in a restored home for its first start, which records in the history that the home began again.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { errnoOf } from '../errors.ts'

const restoredNoteName = 'restored.json'

const noteSchema = z.object({ position: z.int().nonnegative(), madeAt: z.iso.datetime() })

/** `position` is where the backup ended. */
export type RestoredNote = Readonly<z.infer<typeof noteSchema>>

export async function writeRestoredNote(home: string, { position, madeAt }: RestoredNote): Promise<void> {
  await writeFile(join(home, restoredNoteName), `${JSON.stringify({ position, madeAt })}\n`, {
    mode: 0o600,
    flag: 'wx',
    flush: true,
  })
}

/** Null when the home was not restored since it last ran; one that cannot be read is none. */
export async function readRestoredNote(home: string): Promise<RestoredNote | null> {
  try {
    return noteSchema.parse(JSON.parse(await readFile(join(home, restoredNoteName), 'utf8')))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null
    throw error
  }
}

export async function forgetRestoredNote(home: string): Promise<void> {
  await rm(join(home, restoredNoteName), { force: true })
}
