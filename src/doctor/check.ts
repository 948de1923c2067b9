// What a check is: a sentence that holds when all is well, and how to find out whether it does.
import type { SettingsProblem } from '../domain/problem.ts'
import type { StatusReport } from '../domain/report.ts'
import type { State } from '../domain/state.ts'
import type { Host } from '../host.ts'
import type { EventLog } from '../storage/event-log.ts'
import type { VaultStatus } from '../vault/vault.ts'
import type { Settings } from './settings.ts'

export interface Finding {
  /** `ok` says something worth knowing that is not wrong. */
  readonly severity: 'ok' | 'warning' | 'error'
  /** What is wrong, with which file or value; never a secret. */
  readonly message: string
  /** What to type or do next. Left out, it is `traseai doctor --fix` for what has a fix. */
  readonly hint?: string | undefined
  /** Mends it, and resolves to what is so now, in words. Only for what cannot lose anything. */
  readonly fix?: () => Promise<string>
}

/** The program that runs a check, and what it may look at. */
export interface HostDeps {
  readonly host: Host
  /** The folder with `bin/`, `dist/` and `package.json`. */
  readonly packageRoot: string
  /** Whose environment `host.env` is. */
  readonly runsIn: 'gateway' | 'shell'
  /** traseai.json and .env as they lie there now. */
  readonly settings: Settings
}

/** What the program that asks says about itself. */
export interface Caller {
  readonly version: string
  /** Keys that its environment has and the gateway has not, or has with another value. */
  readonly unseenKeys: readonly { readonly name: string; readonly why: 'unseen' | 'differs' }[]
}

/** The gateway that runs. */
export interface LiveDeps {
  readonly version: string
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** `http://host:port`, null when HTTP is not up. */
  http(): string | null
  /** Where it was told to listen when it started; port 0 is any free one. */
  readonly listening: { readonly host: string; readonly port: number; readonly isHanded: boolean }
  /** Null when a program asks that says nothing of itself. */
  readonly caller: Caller | null
  report(): StatusReport
  /** What is on disk, as the gateway holds it in memory, and the position of its newest event. */
  durable(): { readonly state: State; readonly position: number }
  readonly log: Pick<EventLog, 'read'>
  vault(): VaultStatus
  /** Why changes cannot be written now; null when they can. */
  trouble(): { readonly message: string; readonly hint: string | undefined } | null
  /** Of every agent's auth-profiles.json, but for the broken ones that were kept. */
  profilesProblems(): readonly SettingsProblem[]
  /** The channels of `notify` that did not take the last notice, and why. */
  failedChannels(): readonly { readonly name: string; readonly reason: string }[]
}

interface CheckWords {
  /** What holds when nothing is found: a whole sentence without its full stop. */
  readonly title: string
  /** For the reference: what is looked at, and what --fix does about it. */
  readonly about: string
}

/** `host` checks need no gateway; `live` ones look into the one that runs. Each has a time limit, and may throw. */
export type Check =
  | (CheckWords & { readonly where: 'host'; run(deps: HostDeps): Promise<readonly Finding[]> })
  | (CheckWords & { readonly where: 'live'; run(deps: HostDeps, live: LiveDeps): Promise<readonly Finding[]> })
