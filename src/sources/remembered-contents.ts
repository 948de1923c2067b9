// Remembers what the last versions of an agent's auth-profiles.json began as, in a file beside it, across restarts.
import { join } from 'node:path'
import * as z from 'zod'
import { applyDifference, type ContentDifference, differenceOf } from '../domain/content-difference.ts'
import { credentialKinds } from '../domain/events.ts'
import type { AgentId } from '../domain/ids.ts'
import { jsonOrNull } from '../domain/json-record.ts'
import { noContent, type ProfilesContent } from '../domain/profiles-file.ts'
import type { Host } from '../host.ts'
import { revisionOf } from './profiles-text.ts'
import { settingsFileReader } from './settings-file.ts'
import { writePrivateFile } from './write-private-file.ts'

export interface RememberedContents {
  /**
   * The content of a revision; undefined when it is too long ago, or of another home. `present` is what the state has now:
   * when it is that of the revision, nothing has to be read.
   */
  find(revision: string, present: ProfilesContent): Promise<ProfilesContent | undefined>
  /** To be called before a file shows this content. @throws TraseError `disk_full`, `cannot_create` */
  remember(content: ProfilesContent): Promise<void>
  /** An edit that began at this revision was made: where its editor goes on. It is on disk with the next content. */
  goOn(revision: string, content: ProfilesContent): Promise<void>
}

/** An editor may have been open while the file changed this often. */
const contentsMax = 16
const bytesMax = 1_048_576
const fileName = '.auth-profiles.last.json'
const fileVersion = 2

const profile = z.strictObject({
  type: z.enum(credentialKinds),
  provider: z.string(),
  ref: z.string(),
  expiresAt: z.string().optional(),
})
const shape = z.object({
  version: z.literal(fileVersion),
  contents: z.array(
    z.strictObject({
      revision: z.string(),
      profiles: z.record(z.string(), profile.nullable()),
      order: z.record(z.string(), z.array(z.string()).nullable()),
    }),
  ),
})

/**
 * A version as it differs from the next newer one, the newest from nothing: 16 whole ones of 2,000 credentials would be
 * 3 MB, in the file and in memory.
 */
interface Version {
  readonly revision: string
  readonly difference: ContentDifference
}

/** The newest first. */
type Versions = readonly Version[]

/**
 * Nothing is read before it is needed, and not more than its beginning when the file is as the last gateway left it: most
 * starts find it so. A file that is missing or broken remembers nothing: then no edit is taken for a removal, because
 * nobody knows where it began.
 */
export function openRememberedContents(host: Host, directory: string, agent: AgentId): RememberedContents {
  const path = join(directory, fileName)
  const readFile = settingsFileReader(host, path, bytesMax)
  let known: Versions | null = null

  async function versions(): Promise<Versions> {
    if (known) return known
    const file = await readFile()
    return (known ??= file.kind === 'file' ? parse(host, path, file.bytes.toString('utf8')) : [])
  }

  /** Whether the file, still unread, has the content of this revision as its newest. */
  async function isNewestOnDisk(revision: string): Promise<boolean> {
    if (known) return false
    const [file, beginning] = [await readFile(), Buffer.from(beginningWith(revision))]
    return known === null && file.kind === 'file' && file.bytes.subarray(0, beginning.length).equals(beginning)
  }

  return {
    async find(revision, present) {
      if (revisionOf(agent, present) === revision && (await isNewestOnDisk(revision))) return present
      for (const [each, content] of contentsOf(await versions())) if (each === revision) return content
      return undefined
    },
    async goOn(revision, content) {
      const contents = [...contentsOf(await versions())]
      known = versionsOf(contents.map(([each, before]) => [each, each === revision ? content : before]))
    },
    async remember(content) {
      const revision = revisionOf(agent, content)
      if (await isNewestOnDisk(revision)) return
      const [newest] = contentsOf(await versions())
      // An edit may have gone on from it, and come back to it.
      if (newest?.[0] === revision && revisionOf(agent, newest[1]) === revision) return
      const next = withNewest(await versions(), revision, content)
      await writePrivateFile(host, path, textOf(next))
      known = withNewest(await versions(), revision, content) // an edit may have gone on meanwhile
    },
  }
}

/** The newest first. */
function* contentsOf(versions: Versions): Generator<[string, ProfilesContent]> {
  let content = noContent
  for (const { revision, difference } of versions) {
    content = applyDifference(content, difference)
    yield [revision, content]
  }
}

function versionsOf(contents: readonly (readonly [string, ProfilesContent])[]): Versions {
  return contents.map(([revision, content], index) => {
    const newer = contents[index - 1]
    return { revision, difference: newer ? differenceOf(newer[1], content) : content }
  })
}

function withNewest(versions: Versions, revision: string, content: ProfilesContent): Versions {
  const others = versions.some((each) => each.revision === revision)
    ? versionsOf([...contentsOf(versions)].filter(([each]) => each !== revision))
    : versions
  const [newest] = contentsOf(others)
  const older = newest
    ? [{ revision: newest[0], difference: differenceOf(content, newest[1]) }, ...others.slice(1)]
    : []
  const next = [{ revision, difference: content }, ...older].slice(0, contentsMax)
  while (next.length > 1 && Buffer.byteLength(textOf(next)) > bytesMax) next.pop()
  return next
}

/** As `textOf` begins. */
function beginningWith(revision: string): string {
  return `{"version":${fileVersion},"contents":[{"revision":${JSON.stringify(revision)},`
}

function textOf(versions: Versions): string {
  const contents = versions.map(({ revision, difference: { profiles, order } }) => ({ revision, profiles, order }))
  return JSON.stringify({ version: fileVersion, contents })
}

function parse({ log }: Host, path: string, text: string): Versions {
  const parsed = shape.safeParse(jsonOrNull(text))
  if (!parsed.success) log.info({ path }, 'it is not known what the last profiles file began as')
  const contents = parsed.success ? parsed.data.contents : []
  // Of the same shape: a date that was left out is not there at all.
  return contents.map(({ revision, profiles, order }) => ({
    revision,
    difference: { profiles, order } as ContentDifference,
  }))
}
