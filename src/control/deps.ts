// What the control socket's handlers need of the daemon, as one record of functions.
import type { AttemptOutcome } from '../domain/attempt.ts'
import type { Backups } from '../domain/backup.ts'
import type { Command } from '../domain/command.ts'
import type { AgentOrder } from '../domain/entities.ts'
import type { Actor, RecordedEvent } from '../domain/events.ts'
import type { AgentId, ProfileId, ProviderId } from '../domain/ids.ts'
import type { SignIns } from '../domain/login.ts'
import type { SettingsProblem } from '../domain/problem.ts'
import type { Provider } from '../domain/provider.ts'
import type { SharedLimit } from '../domain/quota-group.ts'
import type { StatusReport } from '../domain/report.ts'
import type { Selection, SelectionRequest } from '../domain/selection.ts'
import type { State } from '../domain/state.ts'
import type { UsageGroup, UsageQuestion } from '../domain/usage.ts'
import type { Host } from '../host.ts'
import type { ParsedParams, Result } from '../protocol/contract.ts'
import type { ConfigurationChange } from '../sources/configuration-edit.ts'
import type { ConfigurationState } from '../sources/configuration-source.ts'
import type { EditableEnvironment } from '../sources/environment-view.ts'
import type { EventLog } from '../storage/event-log.ts'
import type { CredentialStore } from '../vault/credential-store.ts'
import type { Secret } from '../vault/secret.ts'
import type { RekeyOutcome, RekeyRequest, Vault } from '../vault/vault.ts'
import type { ProviderQuestions } from './provider-questions.ts'
import type { ShownModels } from './shown-models.ts'

export interface GatewayIdentity {
  readonly version: string
  readonly startedAt: number
  /** The folder that the program was started from. */
  readonly program: string
  /** The service manager that runs it; null without one. */
  readonly supervisor: Result<'gateway.status'>['supervisor']
  /** `http://host:port`, null when HTTP is not up. */
  http(): string | null
  /** What a stop waits for, and until when (epoch milliseconds); null until it stops. */
  draining(): { readonly requests: number; readonly until: number } | null
}

export interface ControlDeps {
  readonly host: Host
  readonly gateway: GatewayIdentity
  state(): State
  /** Position of the newest durable event. */
  position(): number
  /**
   * Decides, appends, folds and publishes; resolves when the events are on disk (none when there was nothing to do).
   * @throws TraseError what the decider refuses with, `disk_full`, `storage_failed`, `busy`
   */
  execute(command: Command, actor: Actor): Promise<readonly RecordedEvent[]>
  /** @throws TraseError `not_found` with a suggestion for a provider nobody knows. */
  provider(id: string): Provider
  providers(): readonly Provider[]
  select(request: SelectionRequest): Selection
  /** Whom a credential shares its limit with; null when with nobody. */
  groupOf(profileId: ProfileId): SharedLimit | null
  /** The order set for an agent, else the default agent's; null when neither has one. */
  agentOrder(agent: AgentId, provider: ProviderId): AgentOrder | null
  statusReport(agent: AgentId | null): StatusReport
  /** What is asked of providers themselves. */
  readonly questions: ProviderQuestions
  /** What `/model` showed to each session. */
  readonly shownModels: ShownModels
  /** What model requests took, the largest groups first. @throws TraseError `storage_failed` */
  usage(question: UsageQuestion): Promise<UsageGroup[]>
  /** Undefined when its secret is not at hand. */
  secretOf(profileId: ProfileId): Secret | undefined
  lastUsedAt(): ReadonlyMap<ProfileId, number>
  /** Takes in what a program was answered; resolves when what has to be kept of it is on disk. @throws TraseError see `execute` */
  report(attempt: AttemptOutcome, actor: Actor): Promise<void>
  configuration(): ConfigurationState
  /** Changes single values of traseai.json. @throws TraseError see `ConfigurationSource.edit` */
  editConfiguration(changes: readonly ConfigurationChange[]): Promise<void>
  readonly environment: EditableEnvironment
  /** Of every agent's auth-profiles.json. */
  profilesProblems(): readonly SettingsProblem[]
  /** Stores and forgets credentials. */
  readonly credentials: CredentialStore
  /** Why the secret of a stored credential is not at hand, in words; null when it is. */
  whyMissing(profileId: ProfileId): string | null
  readonly vault: Pick<Vault, 'status' | 'unlock' | 'besidesKey'>
  /** Changes the master key and records it. @throws TraseError see `Vault.rekey` */
  rekeyVault(request: RekeyRequest, actor: Actor): Promise<RekeyOutcome>
  readonly backups: Backups
  readonly signIns: SignIns<Secret>
  readonly log: Pick<EventLog, 'read'>
  /** Calls back after each commit with its events, in order of position; returns the way to stop. */
  onAppended(listener: (events: readonly RecordedEvent[]) => void): () => void
  reload(): Promise<Result<'gateway.reload'>>
  /** Reads every environment layer again; resolves when the differences are on disk. */
  reloadEnvironment(): Promise<Result<'env.reload'>>
  /** Runs every check of the doctor; never rejects. */
  diagnose(request: {
    readonly fix: boolean
    readonly caller: NonNullable<ParsedParams<'doctor.run'>['caller']> | null
  }): Promise<Readonly<Result<'doctor.run'>>>
  /** Begins to stop; returns at once. */
  stop(reason: string): void
  /** A stop waits no longer for requests under way. */
  cut(): void
  /** What people should know of, and who was told. */
  notices(): Result<'notify.list'>
  /** Sends a test over a channel, or over all. @throws TraseError `not_found` for an unknown channel */
  testNotices(channel: string | null): Promise<Result<'notify.test'>>
}
