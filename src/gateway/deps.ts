// What the HTTP gateway needs of the daemon. Everything here answers from memory: nothing on a request's path touches the disk.
import type { AttemptOutcome } from '../domain/attempt.ts'
import type { Pin } from '../domain/entities.ts'
import type { AgentId, ProfileId, ProviderId, SessionId } from '../domain/ids.ts'
import type { NamedModels } from '../domain/model-list.ts'
import type { Choice } from '../domain/next-candidate.ts'
import type { Provider } from '../domain/provider.ts'
import type { Selection, SelectionRequest } from '../domain/selection.ts'
import type { Trial } from '../domain/standing.ts'
import type { Host } from '../host.ts'
import type { Configuration } from '../sources/configuration-schema.ts'
import type { Secret } from '../vault/secret.ts'
import type { Readings } from './metrics/metrics.ts'
import type { ListTarget, ModelLists } from './questions/model-lists.ts'
import type { UsageRecord } from './usage/record.ts'

/** `gateway` of traseai.json. */
export type GatewaySettings = Omit<Configuration['gateway'], 'autostart' | 'user'>

export interface GatewayDeps {
  readonly host: Host
  readonly version: string
  settings(): GatewaySettings
  provider(id: string): Provider | undefined
  providers(): readonly Provider[]
  /** The default model and the aliases of the configuration. */
  models(): NamedModels
  /** What `/model` has pinned for a session. */
  pinOf(session: SessionId): Pin | undefined
  /** The providers that an agent has a usable credential for (null is the default one), each with the credential to ask with. */
  listTargets(agent: AgentId | null): readonly ListTarget[]
  readonly lists: ModelLists
  /** The name of the client that holds this token (first 32 hex digits of its SHA-256), if it is valid. */
  clientOf(tokenHash: string): string | undefined
  /** All candidates, with what this request has tried already taken into account. */
  select(request: SelectionRequest, tried?: ReadonlySet<ProfileId>): Selection
  /** The first one that is usable, not yet tried and not on trial by another request; cheaper than `select`. */
  next(request: SelectionRequest, tried: ReadonlySet<ProfileId>, isBusy: (trial: Trial) => boolean): Choice | null
  /** An attempt begins; gives back a number for `noteQuota`. */
  noteStart(profileId: ProfileId, model: string | null): number
  /** Takes in what the headers (raw, in turn) of the answer to that attempt say is left. */
  noteQuota(profileId: ProfileId, model: string | null, start: number, headers: readonly string[]): void
  secretOf(profileId: ProfileId): Secret | undefined
  /** True for a credential of this provider, so that `model@profile` can be told from a model with an @ in its name. */
  isProfile(provider: ProviderId, profileId: string): profileId is ProfileId
  /** Takes effect in memory at once; what must be kept is appended behind it. */
  record(outcome: AttemptOutcome): void
  /** The session keeps this credential until it becomes unusable. */
  rememberSession(session: SessionId, provider: ProviderId, profileId: ProfileId): void
  /** Called once for each finished model request, after the client has its answer. */
  requestEnded(record: UsageRecord): void
  /** For `/metrics`: what is true now, besides what was counted. */
  readings(): Readings
  /** `/readyz`: null when everything is open, else what is not. */
  notReady(): string | null
}
