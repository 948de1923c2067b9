// Refuses a hand edit that brings more new profiles than can be kept, before the first of thousands is tried.
import { credentialsMax } from './credential.ts'
import { entryOf } from './entities.ts'
import type { Finding, MergedEdits, ProfileEdit } from './profiles-edit.ts'
import type { ProfilesContent } from './profiles-file.ts'

/**
 * The same edits, or those without new profiles when these are more than `room`: none of them is taken up then, because
 * nobody said which ones matter, and one finding tells it for all.
 */
export function refuseOverfull<S>(merged: MergedEdits<S>, state: ProfilesContent, room: number): MergedEdits<S> {
  const names = merged.edits.flatMap((edit) => (isNew(edit, state) ? [edit.profileId] : []))
  const [name, ...others] = names
  if (name === undefined || others.length === 0 || names.length <= room) return merged
  const finding: Finding = {
    section: 'profiles',
    name,
    others,
    message: `and ${others.length} more new ones are too many: of ${credentialsMax} credentials, ${Math.max(room, 0)} more can be kept`,
    hint: 'take out so many that the rest can be kept; none of them is taken up before',
    held: true,
  }
  return { edits: merged.edits.filter((edit) => !isNew(edit, state)), findings: [...merged.findings, finding] }
}

function isNew<S>(
  edit: ProfileEdit<S>,
  { profiles }: ProfilesContent,
): edit is Extract<ProfileEdit<S>, { type: 'store' | 'refer' }> {
  return (edit.type === 'store' || edit.type === 'refer') && entryOf(profiles, edit.profileId) === undefined
}
