// A finding of the status report: its code, its part in the exit status, and the command that mends it.
import { type Credential, isStored } from './entities.ts'
import type { ProviderId } from './ids.ts'
import type { Provider } from './provider.ts'

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

/** The command that brings a new value for a credential. A stored one has none: another key has to take its place. */
export function renewal({ provider, source }: Credential, providers: readonly Provider[]): string {
  if (!isStored(source)) return `traseai env set ${source.name}`
  return `another key takes its place: traseai env set ${keyVariableOf(provider, providers)}`
}

/** The variable that gives a provider a key; one that is not known (any more) leaves its prefix open. */
export function keyVariableOf(provider: ProviderId, providers: readonly Provider[]): string {
  return `${providers.find(({ id }) => id === provider)?.envPrefix ?? '<PREFIX>'}_API_KEY`
}

/** `traseai.json:12: gateway.prot: unknown key`, without the hint; a key that the message names is not said twice. */
export function settingsProblemText({ file, line, key, message }: SettingsProblem): string {
  const place = line === null ? file : `${file}:${line}`
  const subject = key === null || message.includes(key) ? '' : `${key}: `
  return `${place}: ${subject}${message}`
}
