// Keeps `auth.profiles` of traseai.json in step with what is stored: an entry that a broken file would not take is written when it is mended.
import type { ProfileId } from '../domain/ids.ts'
import { messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import type { ConfigurationChange } from '../sources/configuration-edit.ts'
import type { ConfigurationSource } from '../sources/configuration-source.ts'
import { firstProblemText } from '../sources/settings-problem.ts'
import { openGatheredEdits } from './gathered-edits.ts'

export interface ProfileEntriesDeps {
  readonly host: Pick<Host, 'log'>
  readonly configuration: Pick<ConfigurationSource, 'current' | 'edit'>
}

export interface ProfileEntries {
  /** Writes the entry of a credential, or takes it out for undefined; what cannot be done is a note. Never rejects. */
  write(profileId: ProfileId, value: Readonly<Record<string, string>> | undefined): Promise<readonly string[]>
  /** The file is good again: writes what it would not take, and nothing else that may have been taken out on purpose. */
  writeMissed(): Promise<void>
}

/** One for each credential that was stored or removed while the file was broken; further ones are not written later. */
const missedMax = 10_000

export function openProfileEntries({ host, configuration }: ProfileEntriesDeps): ProfileEntries {
  const edit = openGatheredEdits(configuration)
  /** The last thing that was wanted of each entry and is not in the file. */
  const wanted = new Map<ProfileId, ConfigurationChange>()

  /** Null when it is in use. */
  async function tryToWrite(profileId: ProfileId, change: ConfigurationChange): Promise<{ error: unknown } | null> {
    try {
      await edit(change)
    } catch (error) {
      host.log.warn({ error: messageOf(error) }, 'auth.profiles of traseai.json could not be brought up to date')
      return { error }
    }
    if (wanted.get(profileId) === change) wanted.delete(profileId)
    return null
  }

  function noteOf(profileId: ProfileId, { value }: ConfigurationChange, error: unknown): string {
    const { ok, problems } = configuration.current()
    if (ok || !wanted.has(profileId)) return `auth.profiles was not brought up to date: ${messageOf(error)}`
    const what = value === undefined ? 'taken out of' : 'added to'
    return `${profileId} will be ${what} auth.profiles when the file is mended: ${firstProblemText(problems)}`
  }

  return {
    async write(profileId, value) {
      const change: ConfigurationChange = { path: ['auth', 'profiles', profileId], value }
      if (wanted.size < missedMax || wanted.has(profileId)) wanted.set(profileId, change)
      const failed = await tryToWrite(profileId, change)
      return failed ? [noteOf(profileId, change, failed.error)] : []
    },
    async writeMissed() {
      await Promise.all([...wanted].map(([profileId, change]) => tryToWrite(profileId, change)))
    },
  }
}
