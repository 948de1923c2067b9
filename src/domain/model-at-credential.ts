// Takes `model@credential` apart as a user types it, and finds the credential that is meant.
import { TraseError } from '../errors.ts'
import type { Credentials } from './credential.ts'
import type { ProfileId, ProviderId } from './ids.ts'
import type { NamedModels } from './model-list.ts'
import { aliasNamed, sameName, numberIn } from './model-names.ts'

/** Versions as Google's Vertex AI writes them (`claude-sonnet-4-5@20250929`), which are no credentials. */
const modelVersion = /^(\d{3,8}|latest|default)$/

/**
 * Where the model ends and the credential begins: both may hold an @. The first @ with a credential behind it counts,
 * else the first with a known model before it.
 */
export function splitChoice(
  wanted: string,
  known: { readonly named: NamedModels; readonly credentials: Credentials },
  names: ReadonlySet<string>,
): { readonly model: string; readonly profile: string | null } {
  if (!wanted.includes('@') || sameName(wanted, names) !== undefined) return { model: wanted, profile: null }
  const splits = [...wanted.matchAll(/@/g)].map(({ index }) => ({
    model: wanted.slice(0, index),
    profile: wanted.slice(index + 1),
  }))
  const ids = Object.keys(known.credentials)
  const byProfile = splits.find(({ profile }) => ids.some((id) => isNamedBy(id, profile)))
  if (byProfile) return byProfile
  const isKnown = (text: string): boolean =>
    text === '' ||
    numberIn(text) !== null ||
    aliasNamed(text, known) !== undefined ||
    sameName(text, names) !== undefined
  const split = splits.find(({ model }) => isKnown(model)) ?? splits[0]
  if (!split || (modelVersion.test(split.profile) && split.model.includes('/'))) return { model: wanted, profile: null }
  if (split.profile !== '') return split
  throw new TraseError('usage', 'no credential is named behind the @', { hint: 'such as /model sonnet@work' })
}

/** The id itself, or the part behind its provider, whatever the case. */
function isNamedBy(id: string, text: string): boolean {
  const [whole, wanted] = [id.toLowerCase(), text.toLowerCase()]
  return whole === wanted || whole.slice(whole.indexOf(':') + 1) === wanted
}

/** The credential that was most likely meant: of this provider before others; for an unknown one the text itself. */
export function profileNamed(text: string, provider: ProviderId, credentials: Credentials): ProfileId {
  const ids = Object.values(credentials).map(({ profileId }) => profileId)
  const exact = ids.find((id) => id === text) ?? ids.find((id) => id === `${provider}:${text}`)
  const fits = ids.filter((id) => isNamedBy(id, text))
  const own = fits.find((id) => id.startsWith(`${provider}:`))
  return exact ?? own ?? fits[0] ?? (text as ProfileId) // only to be looked up, and not to be found
}
