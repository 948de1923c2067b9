// An auth-profiles.json as somebody edits it, merged as the gateway does, with secrets as plain texts.
import fc from 'fast-check'
import { mergeProfiles } from '../../src/domain/profiles-merge.ts'
import type { EditBase, MergedEdits, ProfileEdit } from '../../src/domain/profiles-edit.ts'
import type { ProfilesContent } from '../../src/domain/profiles-file.ts'
import { builtInProviders } from '../../src/domain/provider-table.ts'
import { profilesText, readProfilesText, revisionOf } from '../../src/sources/profiles-text.ts'
import { iso, main, noon } from './story.ts'

/** Long enough for a key of Anthropic, and nobody's. */
export const fakeKey = `sk-ant-api03-${'test'.repeat(24)}`

export interface EditableFile {
  profiles: Record<string, Record<string, unknown>>
  order: Record<string, string[]>
  usageStats: Record<string, unknown>
  revision: string | null
}

export type Edit = (file: EditableFile) => unknown

export function textOf(content: ProfilesContent): string {
  return profilesText(main, content, {}, { profiles: new Map(), order: new Map() })
}

export function editOf(text: string, edit: Edit): string {
  const file = JSON.parse(text) as EditableFile // as profilesText writes it
  edit(file)
  if (file.revision === null) delete (file as Partial<EditableFile>).revision
  return JSON.stringify(file, null, 2)
}

/** `base` is the one content that is remembered. */
export function mergeText(text: string, base: ProfilesContent | null, state: ProfilesContent): MergedEdits<string> {
  const read = readProfilesText(Buffer.from(text), '/h/auth-profiles.json', builtInProviders)
  if (!read.ok) throw new Error(read.problem.message)
  const { revision, content } = read.file
  const profiles = new Map(
    [...content.profiles].map(([name, profile]) => [name, { ...profile, secret: profile.secret?.reveal() ?? null }]),
  )
  return mergeProfiles(baseOf(revision, base), { profiles, order: content.order }, state)
}

function baseOf(revision: string | null, base: ProfilesContent | null): EditBase {
  if (revision === null) return { kind: 'whole' }
  return base && revisionOf(main, base) === revision ? { kind: 'known', content: base } : { kind: 'unknown' }
}

/** The content after these edits, as the gateway would show it. */
export function made(content: ProfilesContent, edits: readonly ProfileEdit<string>[]): ProfilesContent {
  const profiles = { ...content.profiles }
  const order = { ...content.order }
  for (const edit of edits) {
    if (edit.type === 'order') order[edit.provider] = edit.profileIds
    else if (edit.type === 'clear') delete order[edit.provider]
    else if (edit.type === 'remove') delete profiles[edit.profileId]
    else {
      const ref = edit.type === 'refer' ? edit.reference : `vault:${edit.profileId}`
      const expiresAt = edit.expiresAt === null ? {} : { expiresAt: new Date(edit.expiresAt).toISOString() }
      profiles[edit.profileId] = { type: edit.kind, provider: edit.provider, ref, ...expiresAt }
    }
  }
  return { profiles, order }
}

const name = fc.constantFrom('a', 'b', 'c', 'constructor')
const provider = fc.constantFrom('anthropic', 'openai', 'groq')
const ids = fc.uniqueArray(
  fc.tuple(provider, name).map((parts) => parts.join(':')),
  { maxLength: 5 },
)
/** Any content of a file. */
export const contents: fc.Arbitrary<ProfilesContent> = fc.record({
  profiles: ids.chain((all) =>
    fc
      .tuple(
        ...all.map((id) =>
          fc.record(
            {
              type: fc.constantFrom('api_key' as const, 'token' as const),
              provider: fc.constant(id.split(':')[0] ?? ''),
              ref: fc.constantFrom(`vault:${id}`, 'env:A', 'file:/b'),
              expiresAt: fc.constantFrom(iso(noon), iso(noon + 1)),
            },
            { requiredKeys: ['type', 'provider', 'ref'] },
          ),
        ),
      )
      .map((profiles) => Object.fromEntries(profiles.map((profile, index) => [all[index] ?? '', profile]))),
  ),
  order: fc.dictionary(
    provider,
    fc.array(
      name.map((each) => `anthropic:${each}`),
      { minLength: 1, maxLength: 3 },
    ),
  ),
})
