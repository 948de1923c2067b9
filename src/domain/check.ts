// What is wrong with the credentials and the settings, each finding with the command that mends it.
import { runningCooldowns } from './cooldown.ts'
import { type Credential, entryOf } from './entities.ts'
import { isoInstant } from './events.ts'
import { type ExpectationInput, missingCredentials, namedInVain } from './expectation.ts'
import { expiryStatus } from './expiry.ts'
import type { ProfileId, ProviderId } from './ids.ts'
import {
  byUrgency,
  type Problem,
  type ProblemCode,
  renewal,
  type SettingsProblem,
  settingsProblemText,
} from './problem.ts'
import type { SharedLimit } from './quota-group.ts'
import { restrictionHint, restrictionWords } from './restriction.ts'
import { secretProblems } from './secret-trouble.ts'
import { type Candidate, isIncluded } from './candidate.ts'
import type { Selection } from './selection.ts'

export interface CheckInput extends ExpectationInput {
  /** Epoch milliseconds. */
  readonly now: number
  /** `auth.expiryWarning` in milliseconds. */
  readonly expiryWarningMs: number
  /** Of the credentials that share a limit. */
  readonly groups: ReadonlyMap<ProfileId, SharedLimit>
  readonly settings: {
    readonly configuration: readonly SettingsProblem[]
    readonly envFile: readonly SettingsProblem[]
    /** Of every agent's auth-profiles.json. */
    readonly profilesFiles: readonly SettingsProblem[]
  }
}

/** All findings, the most urgent kind first. `selections` holds that of every listed provider. */
export function findProblems(input: CheckInput, selections: ReadonlyMap<ProviderId, Selection>): Problem[] {
  const candidates = [...selections.values()].flatMap((selection) => selection.candidates)
  const missing = missingCredentials(input, selections)
  const told = new Set(missing.map(({ profileId }) => profileId))
  return byUrgency([
    ...missing,
    ...candidates.flatMap((candidate) => candidateProblems(input, candidate)),
    ...secretProblems(input.troubles, told),
    ...namedInVain(input),
    ...settingsProblems('configuration', input.settings.configuration),
    ...settingsProblems('env_file', input.settings.envFile),
    ...settingsProblems('profiles_file', input.settings.profilesFiles),
  ])
}

function candidateProblems(input: CheckInput, candidate: Candidate): Problem[] {
  const { credentials, now, expiryWarningMs } = input
  const credential = entryOf(credentials, candidate.profileId)
  if (!credential) return []
  const { profileId, provider, expiresAt } = credential
  const renew = renewal(credential)
  const problem = (code: ProblemCode, what: string, hint: string): Problem => {
    return { code, provider, profileId, message: `${profileId} ${what}`, hint }
  }
  // Whatever the order says of it: a key nobody uses and nobody renews is one to remove.
  const expiry = expiryStatus(credential, now, expiryWarningMs)
  const instant = expiresAt === null ? '' : isoInstant(expiresAt)
  if (expiry === 'expired') return [problem('expired', `expired at ${instant}`, renew)]
  const problems = expiry === 'expiring' ? [problem('expiring', `expires at ${instant}`, renew)] : []
  if (candidate.status === 'disabled') {
    const hint = credential.disabled?.reason === 'unauthorized' ? renew : `traseai models auth enable ${profileId}`
    problems.push(problem('disabled', `is disabled${candidate.reason === null ? '' : `: ${candidate.reason}`}`, hint))
  } else if (isIncluded(candidate)) {
    if (credential.restrictedTo !== null) {
      const what = `is ${restrictionWords(credential.restrictedTo)}`
      problems.push(problem('restricted', what, restrictionHint(provider)))
    }
    const cooling = coolingWords(credential, now, input.groups.get(profileId))
    if (cooling !== null) problems.push(problem('cooling', `is ${cooling}`, 'traseai models auth cooldown list'))
  }
  return problems
}

/** Models named in one line; the others are counted. */
const modelsNamedMax = 3

/**
 * `rate limited until …` or `rate limited for a, b and 2 more until …` (the first of them); null when nothing cools. Its group's limit is
 * its own: `rate limited with openai:a (group acme) until …`.
 */
export function coolingWords(credential: Credential, now: number, group?: SharedLimit): string | null {
  const sharing = group?.members ?? [credential]
  const running = sharing
    .flatMap((owner) => runningCooldowns(owner, now).map((cooldown) => ({ ...cooldown, owner })))
    .toSorted((a, b) => a.until - b.until)
  const first = running.find(({ model }) => model === null) ?? running[0]
  if (!first) return null
  const others =
    first.owner.profileId === credential.profileId ? '' : ` with ${first.owner.profileId} (group ${group?.name})`
  const until = `${others} until ${isoInstant(first.until)}`
  if (first.model === null) return `rate limited${until}`
  const models = [...new Set(running.map(({ model }) => model))]
  const named = models.slice(0, modelsNamedMax)
  const more = models.length > named.length ? ` and ${models.length - named.length} more` : ''
  return `rate limited for ${named.join(', ')}${more}${until}`
}

function settingsProblems(code: ProblemCode, findings: readonly SettingsProblem[]): Problem[] {
  return findings.map((finding) => ({
    code,
    message: settingsProblemText(finding),
    hint: finding.hint ?? `mend ${finding.file}`,
  }))
}
