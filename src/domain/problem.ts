// A finding of the status report: its code, its part in the exit status, and the command that mends it.
import { isStored } from './entities.ts'
import type { CredentialKind, CredentialSource } from './events.ts'
import { type ProfileId, providerOf } from './ids.ts'

/** Each finding's part in the exit status: 1 before 2, null is told without changing it. */
const exitStatusOf = {
  expired: 1,
  missing: 1,
  expiring: 2,
  disabled: null,
  cooling: null,
  configuration: null,
  env_file: null,
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

/** What a credential of the environment is called after its provider. */
const variablePattern = /^[A-Z][A-Z0-9_]*$/

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

/** The command that brings a new value for a credential; without a `source` its id tells where it would come from. */
export function renewal(profileId: ProfileId, kind: CredentialKind, source: CredentialSource | null): string {
  const provider = providerOf(profileId)
  const name = source?.name ?? profileId.slice(provider.length + 1)
  if (source ? !isStored(source) : variablePattern.test(name)) return `traseai env set ${name}`
  if (kind === 'oauth') return `traseai models auth login --provider ${provider}`
  const command = kind === 'token' ? 'paste-token' : 'paste-api-key'
  return `traseai models auth ${command} --provider ${provider} --profile-id ${profileId}`
}

/** `traseai.json:12: gateway.prot: unknown key`, without the hint; a key that the message names is not said twice. */
export function settingsProblemText({ file, line, key, message }: SettingsProblem): string {
  const place = line === null ? file : `${file}:${line}`
  const subject = key === null || message.includes(key) ? '' : `${key}: `
  return `${place}: ${subject}${message}`
}
