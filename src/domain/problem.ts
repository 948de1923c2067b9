// A finding of the status report: its code, its part in the exit status, and the command that mends it.
import { type Credential, isStored } from './entities.ts'
import type { CredentialKind } from './events.ts'
import type { AgentId, ProfileId, ProviderId } from './ids.ts'

/** Each finding's part in the exit status: 1 before 2, null is told without changing it. */
const exitStatusOf = {
  expired: 1,
  missing: 1,
  expiring: 2,
  disabled: null,
  restricted: null,
  probe: null,
  unavailable: null,
  cooling: null,
  configuration: null,
  env_file: null,
  profiles_file: null,
} as const

export type ProblemCode = keyof typeof exitStatusOf

export interface Problem {
  readonly code: ProblemCode
  readonly provider?: string
  readonly profileId?: string
  readonly message: string
  /** A command to type, or else what to do. */
  readonly hint: string
}

/** A finding about a settings file, as whoever reads that file makes it; `line` starts at 1. */
export interface SettingsProblem {
  readonly file: string
  readonly line: number | null
  readonly key: string | null
  readonly message: string
  readonly hint: string | null
}

/** What is wrong with the secret of a stored credential. */
export interface SecretTrouble {
  /** Completes "<credential>: …". */
  readonly reason: string
  readonly hint: string
  /** True while the value from before stays in use. */
  readonly isAtHand: boolean
}

/** 1 when a credential is expired or missing, else 2 when one is expiring, else 0. */
export function exitCodeOf(problems: readonly Problem[]): 0 | 1 | 2 {
  const statuses = new Set<1 | 2 | null>(problems.map(({ code }) => exitStatusOf[code]))
  if (statuses.has(1)) return 1
  return statuses.has(2) ? 2 : 0
}

/** The most urgent kind first; within a kind the order stays. */
export function byUrgency(problems: readonly Problem[]): Problem[] {
  const urgency = Object.keys(exitStatusOf)
  return problems.toSorted((a, b) => urgency.indexOf(a.code) - urgency.indexOf(b.code))
}

/** The command that brings a new value for a credential, under the id that it has. */
export function renewal({ profileId, provider, kind, source, agent }: Credential): string {
  if (!isStored(source)) return `traseai env set ${source.name}`
  if (source.kind === 'reference') {
    return `traseai models auth add-reference '${source.name.replaceAll("'", "'\\''")}' ${idOptions(profileId, provider, agent)}`
  }
  return renewalOf(kind, profileId, provider, agent)
}

/** The command that stores a credential of a kind under an id; only Claude subscriptions have a sign-in of their own. */
export function renewalOf(
  kind: CredentialKind,
  profileId: ProfileId,
  provider: ProviderId,
  agent: AgentId | null,
): string {
  const options = idOptions(profileId, provider, agent)
  if (kind === 'api_key') return `traseai models auth paste-api-key ${options}`
  if (provider === 'anthropic') return `traseai models auth setup-token ${options}`
  return `traseai models auth paste-token ${options}`
}

function idOptions(profileId: ProfileId, provider: ProviderId, agent: AgentId | null): string {
  return `--provider ${provider} --profile-id ${profileId}${agent === null ? '' : ` --agent ${agent}`}`
}

/** What to type for the first key of a provider; without a prefix only what works for every provider. */
export function firstKeyHint(provider: string, envPrefix: string | undefined): string {
  const paste = `traseai models auth paste-api-key --provider ${provider}`
  return envPrefix === undefined ? paste : `${paste}, or: traseai env set ${envPrefix}_API_KEY`
}

/** `traseai.json:12: gateway.prot: unknown key`, without the hint; a key that the message names is not said twice. */
export function settingsProblemText({ file, line, key, message }: SettingsProblem): string {
  const place = line === null ? file : `${file}:${line}`
  const subject = key === null || message.includes(key) ? '' : `${key}: `
  return `${place}: ${subject}${message}`
}
