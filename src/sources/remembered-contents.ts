// Remembers what the last versions of an agent's auth-profiles.json began as, in a file beside it, across restarts.
import { join } from 'node:path'
import * as z from 'zod'
import { credentialKinds } from '../domain/events.ts'
import type { AgentId } from '../domain/ids.ts'
import type { ProfilesContent } from '../domain/profiles-file.ts'
import type { Host } from '../host.ts'
import { revisionOf } from './profiles-text.ts'
import { settingsFileReader } from './settings-file.ts'
import { writePrivateFile } from './write-private-file.ts'

export interface RememberedContents {
  /** The content of a revision; undefined when it is too long ago, or of another home. */
  find(revision: string): ProfilesContent | undefined
  /** To be called before a file shows this content. @throws TraseError `disk_full`, `cannot_create` */
  remember(content: ProfilesContent): Promise<void>
  /** An edit that began at this revision was made: where its editor goes on. It is on disk with the next content. */
  goOn(revision: string, content: ProfilesContent): void
}

/** An editor may have been open while the file changed this often. */
const contentsMax = 16
const bytesMax = 1_048_576
const fileName = '.auth-profiles.last.json'

const shape = z.object({
  version: z.literal(1),
  contents: z.array(
    z.strictObject({
      revision: z.string(),
      profiles: z.record(
        z.string(),
        z.strictObject({
          type: z.enum(credentialKinds),
          provider: z.string(),
          ref: z.string(),
          expiresAt: z.string().optional(),
        }),
      ),
      order: z.record(z.string(), z.array(z.string())),
    }),
  ),
})

/** A file that is missing or broken remembers nothing: then no edit is taken for a removal, because nobody knows where it began. */
export async function openRememberedContents(
  host: Host,
  directory: string,
  agent: AgentId,
): Promise<RememberedContents> {
  const path = join(directory, fileName)
  /** The newest last. */
  let contents: Contents = await read(host, path)

  return {
    find: (revision) => contents.get(revision),
    goOn: (revision, content) => void (contents = new Map([...contents, [revision, content]])),
    async remember(content) {
      const revision = revisionOf(agent, content)
      const next = new Map([...contents].filter(([each]) => each !== revision).slice(1 - contentsMax))
      next.set(revision, content)
      while (next.size > 1 && Buffer.byteLength(textOf(next)) > bytesMax) next.delete([...next.keys()][0] ?? '')
      const before = contents.get(revision)
      // An edit may have gone on from it, and come back to it.
      const isWritten = before !== undefined && revisionOf(agent, before) === revision
      if (!isWritten) await writePrivateFile(host, path, textOf(next))
      contents = next
    },
  }
}

type Contents = ReadonlyMap<string, ProfilesContent>

function textOf(contents: Contents): string {
  const all = [...contents].map(([revision, { profiles, order }]) => ({ revision, profiles, order }))
  return JSON.stringify({ version: 1, contents: all })
}

async function read(host: Host, path: string): Promise<Contents> {
  const file = await settingsFileReader(host, path, bytesMax)()
  if (file.kind !== 'file') return new Map()
  const parsed = shape.safeParse(jsonOf(file.bytes.toString('utf8')))
  if (!parsed.success) host.log.info({ path }, 'it is not known what the last profiles file began as')
  const contents = parsed.success ? parsed.data.contents : []
  // Of the same shape: a date that was left out is not there at all.
  return new Map(contents.map(({ revision, profiles, order }) => [revision, { profiles, order } as ProfilesContent]))
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
