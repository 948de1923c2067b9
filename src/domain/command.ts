// The commands: what can be asked of the log, as imperatives over plain data. Each goes to the decider of its stream's kind.
import type {
  CredentialKind,
  CredentialSource,
  DisabledReason,
  KeeperKind,
  Restriction,
  UnpinReason,
} from './events.ts'
import type { AgentId, Fingerprint, ProfileId, ProviderId, SessionId } from './ids.ts'
import type { Matter } from './matter.ts'

/** Times are epoch milliseconds. */
export type CredentialCommand =
  /** Adding an id that exists rotates it when the fingerprint differs, and is nothing when it is the same. */
  | {
      readonly type: 'AddCredential'
      readonly profileId: ProfileId
      readonly provider: ProviderId
      readonly kind: CredentialKind
      readonly source: CredentialSource
      readonly fingerprint: Fingerprint
      readonly expiresAt: number | null
      /** The one agent it is for; null, and for those of the environment always, is for all. */
      readonly agent: AgentId | null
    }
  | { readonly type: 'RemoveCredential'; readonly profileId: ProfileId; readonly reason: string }
  | {
      readonly type: 'RecordRateLimit'
      readonly profileId: ProfileId
      /** Null limits the whole credential. */
      readonly model: string | null
      readonly status: number
      /** The provider's stated reset from now; null when it stated none. */
      readonly retryAfterMs: number | null
      /** When the refused attempt was sent: an attempt older than the present value of the credential says nothing. */
      readonly startedAt: number
      /** `auth.cooldowns.rateLimit`: the waits for consecutive refusals without a stated reset. */
      readonly ladderMs: readonly number[]
      /** Whether a request succeeded since the last cooldown of this (credential, model) ended. */
      readonly succeededSince: boolean
      /** The others of its quota group: a cooldown of theirs is one of its own. */
      readonly siblings?: readonly ProfileId[]
    }
  | {
      readonly type: 'ClearCooldowns'
      readonly profileId: ProfileId
      readonly reason: 'user'
    }
  /** A request succeeded that began while they ran. */
  | {
      readonly type: 'ClearCooldowns'
      readonly profileId: ProfileId
      readonly reason: 'trial'
      readonly model: string | null
      readonly startedAt: number
    }
  | {
      readonly type: 'DisableCredential'
      readonly profileId: ProfileId
      readonly reason: DisabledReason
      readonly retryAt: number | null
      readonly startedAt: number
    }
  | { readonly type: 'EnableCredential'; readonly profileId: ProfileId; readonly reason: DisabledReason }
  | { readonly type: 'RecordReveal'; readonly profileId: ProfileId }
  /** Says once for each expiry date that it is near, and once that it has passed. `warningMs` is `auth.expiryWarning`. */
  | { readonly type: 'AnnounceExpiry'; readonly profileId: ProfileId; readonly warningMs: number }
  | {
      readonly type: 'RecordRestriction'
      readonly profileId: ProfileId
      readonly to: Restriction
      readonly startedAt: number
    }

export type OrderCommand =
  | {
      readonly type: 'SetOrder'
      readonly agent: AgentId
      readonly provider: ProviderId
      readonly profileIds: readonly ProfileId[]
    }
  | { readonly type: 'ClearOrder'; readonly agent: AgentId; readonly provider: ProviderId }
  /** Takes one id out of an order, because its credential is gone. */
  | {
      readonly type: 'DropFromOrder'
      readonly agent: AgentId
      readonly provider: ProviderId
      readonly profileId: ProfileId
    }

export type ClientCommand =
  | {
      readonly type: 'IssueClient'
      readonly name: string
      readonly tokenHash: string
      readonly boundToPid: number | null
    }
  | { readonly type: 'RevokeClient'; readonly name: string }

export type SessionCommand =
  | {
      readonly type: 'PinModel'
      readonly session: SessionId
      readonly agent: AgentId
      /** `provider/model`. */
      readonly model: string
      /** Null pins the model alone. */
      readonly profileId: ProfileId | null
    }
  | { readonly type: 'UnpinModel'; readonly session: SessionId; readonly reason: UnpinReason }

export type GatewayCommand =
  | { readonly type: 'RecordStart'; readonly version: string; readonly reason: string }
  | { readonly type: 'RecordStop'; readonly version: string; readonly reason: string }

export type VaultCommand = { readonly type: 'RecordRekey'; readonly keyId: string; readonly keeper: KeeperKind }

export type NoticeCommand =
  | {
      readonly type: 'RecordNotice'
      readonly matter: Pick<Matter, 'key' | 'kind' | 'profileId' | 'provider' | 'until'>
      /** Over which it was told just now. */
      readonly channels: readonly string[]
    }
  | { readonly type: 'SettleNotice'; readonly key: string }

export type BackupCommand =
  /** `recipients` are age recipients, null for a passphrase; `masterKey`: the key of the vault is in it. */
  | {
      readonly type: 'RecordBackup'
      readonly position: number
      readonly recipients: readonly string[] | null
      readonly masterKey: boolean
    }
  /** `madeAt` is an ISO instant: when the backup was made. */
  | { readonly type: 'RecordRestore'; readonly position: number; readonly madeAt: string }

export type Command =
  | CredentialCommand
  | OrderCommand
  | ClientCommand
  | SessionCommand
  | GatewayCommand
  | VaultCommand
  | BackupCommand
  | NoticeCommand

/** The command of one type. */
export type CommandOf<T extends Command['type']> = Extract<Command, { type: T }>
