// What the configuration expects of the credentials, and what of that is missing.
import { type Credential, entryOf } from './entities.ts'
import { type ProfileId, type ProviderId, providerOf } from './ids.ts'
import type { CredentialKind } from './events.ts'
import { firstKeyHint, type Problem, renewalOf, type SecretTrouble } from './problem.ts'
import type { Provider } from './provider.ts'
import { type Candidate, isIncluded } from './candidate.ts'
import type { Selection } from './selection.ts'
import { suggest } from './suggest.ts'

/** What the configuration expects; a provider that is named here is "in use". */
export interface Expectations {
  /** The provider of `models.default`, null when none is set. */
  readonly defaultProvider: ProviderId | null
  /** `auth.profiles`. */
  readonly profiles: readonly {
    readonly profileId: ProfileId
    readonly provider: ProviderId
    readonly kind: CredentialKind
  }[]
  /** The providers of `auth.order`. */
  readonly ordered: readonly ProviderId[]
  /** All that `auth.order` names, of whichever provider. */
  readonly orderedProfiles: readonly ProfileId[]
  /** All that `auth.quotaGroups` names. */
  readonly groupedProfiles: readonly ProfileId[]
}

export interface ExpectationInput {
  readonly credentials: Readonly<Record<string, Credential>>
  /** Every provider that is known, whether it has credentials or not. */
  readonly providers: readonly Provider[]
  readonly expected: Expectations
  /** The stored credentials whose secrets are not at hand, or are no longer fresh. */
  readonly troubles: ReadonlyMap<ProfileId, SecretTrouble>
}

/** The providers in use, each with the words for where it is named. */
export function providersInUse({ defaultProvider, profiles, ordered }: Expectations): ReadonlyMap<ProviderId, string> {
  const named: [ProviderId, string][] = [
    ...ordered.map((provider): [ProviderId, string] => [provider, 'auth.order']),
    ...profiles.map(({ provider }): [ProviderId, string] => [provider, 'auth.profiles']),
    ...(defaultProvider === null ? [] : [[defaultProvider, 'models.default'] satisfies [ProviderId, string]]),
  ]
  return new Map(named)
}

/** A provider in use without a credential, a profile nobody backs, or no credential at all. */
export function missingCredentials(input: ExpectationInput, selections: ReadonlyMap<ProviderId, Selection>): Problem[] {
  const inUse = providersInUse(input.expected)
  const candidates = [...selections.values()].flatMap((selection) => selection.candidates)
  if (candidates.length === 0) return [nothingAtAll(input, inUse), ...unbackedProfiles(input)]
  if (inUse.size === 0 && candidates.some(isIncluded)) return []
  if (inUse.size === 0) return [...selections].map(([id, selection]) => allExcluded(input, id, selection.candidates))
  const unserved = [...inUse].flatMap(([provider, namedIn]): Problem[] => {
    const own = selections.get(provider)?.candidates ?? []
    if (own.some(isIncluded)) return []
    return [own.length > 0 ? allExcluded(input, provider, own) : noCredential(input, provider, namedIn)]
  })
  return [...unserved, ...unbackedProfiles(input)]
}

/** What a credential of the environment is called after its provider. */
const variablePattern = /^[A-Z][A-Z0-9_]*$/

function unbackedProfiles({ expected, credentials }: ExpectationInput): Problem[] {
  return expected.profiles
    .filter(({ profileId }) => !entryOf(credentials, profileId))
    .map(({ profileId, provider, kind }) => {
      const message = `auth.profiles names ${profileId}, which has no credential`
      const name = profileId.slice(provider.length + 1)
      const store = variablePattern.test(name) ? `traseai env set ${name}` : renewalOf(kind, profileId, provider, null)
      const hint = `${store}, or take it out of auth.profiles: traseai models auth remove ${profileId}`
      return { code: 'missing', provider, profileId, message, hint }
    })
}

/** What `auth.order` and `auth.quotaGroups` name and nobody has: passed over without a word when a credential is chosen. */
export function namedInVain(input: ExpectationInput): Problem[] {
  const { orderedProfiles, groupedProfiles } = input.expected
  return [...unknownOf(input, 'auth.order', orderedProfiles), ...unknownOf(input, 'auth.quotaGroups', groupedProfiles)]
}

function unknownOf(
  { expected, credentials }: ExpectationInput,
  place: string,
  named: readonly ProfileId[],
): readonly Problem[] {
  const told = new Set(expected.profiles.map(({ profileId }) => profileId))
  return named.flatMap((profileId): Problem[] => {
    const provider = providerOf(profileId)
    const there = Object.values(credentials).filter((credential) => credential.provider === provider)
    // A provider without any credential is missing, which says more.
    if (there.length === 0 || told.has(profileId) || entryOf(credentials, profileId)) return []
    const near = suggest(
      profileId,
      there.map((credential) => credential.profileId),
    )
    const hint =
      near === undefined
        ? `mend ${place} in traseai.json; see what there is: traseai models auth list --provider ${provider}`
        : `did you mean ${near}? mend ${place} in traseai.json`
    const message = `${place} names ${profileId}, which has no credential`
    return [{ code: 'configuration', provider, profileId, message, hint }]
  })
}

function nothingAtAll({ providers }: ExpectationInput, inUse: ReadonlyMap<ProviderId, string>): Problem {
  const example = providers.find(({ id }) => inUse.has(id)) ?? providers[0]
  const { id, envPrefix } = example ?? { id: 'anthropic', envPrefix: 'ANTHROPIC' }
  const hint = `traseai onboard, or: ${firstKeyHint(id, envPrefix)}`
  return { code: 'missing', message: 'No credentials found', hint }
}

function noCredential({ providers }: ExpectationInput, provider: ProviderId, namedIn: string): Problem {
  const known = providers.find(({ id }) => id === provider)
  if (known) {
    const message = `${provider} is in use (${namedIn}) and has no credential`
    return { code: 'missing', provider, message, hint: firstKeyHint(provider, known.envPrefix) }
  }
  const names = providers.map(({ id }) => id)
  const suggestion = suggest(provider, names)
  const mend = suggestion === undefined ? 'add it to models.providers' : `did you mean ${suggestion}? mend ${namedIn}`
  const message = `${namedIn} names an unknown provider "${provider}"`
  return { code: 'missing', provider, message, hint: `${mend} in traseai.json` }
}

/** The first one without a secret tells more than the order, which may leave out what could not be used anyway. */
function allExcluded(
  { credentials, troubles }: ExpectationInput,
  provider: ProviderId,
  candidates: readonly Candidate[],
): Problem {
  for (const { profileId } of candidates) {
    const trouble = troubles.get(profileId)
    if (!trouble || trouble.isAtHand) continue
    const message = `no credential of ${provider} can be used: ${profileId}: ${trouble.reason}`
    return { code: 'missing', provider, profileId, message, hint: trouble.hint }
  }
  const areOthers = candidates.every(({ profileId }) => entryOf(credentials, profileId)?.agent)
  const message = areOthers
    ? `${provider} has credentials of other agents only`
    : `the order for ${provider} names no credential that is there`
  return { code: 'missing', provider, message, hint: `traseai models auth explain --provider ${provider}` }
}
