// The words for hand edits of an auth-profiles.json: what was written, where that began, and what it asks for.
import type { CredentialKind } from './events.ts'
import type { ProfileId, ProviderId } from './ids.ts'
import type { ProfilesContent } from './profiles-file.ts'

/** A profile as somebody wrote it; null is what was left out. `S` is how the caller holds secrets. */
export interface EditedProfile<S> {
  readonly type: CredentialKind | null
  readonly provider: string | null
  /** `vault:…`, `env:…`, `file:…` or `exec:…`, nothing else. */
  readonly ref: string | null
  /** Epoch milliseconds. */
  readonly expiresAt: number | null
  /** Pasted into it in the clear. */
  readonly secret: S | null
  /** Why it cannot be understood; the other fields then say nothing. */
  readonly fault: Fault | null
}

export interface Fault {
  /** Completes "profiles.<id> …"; never a part of a secret. */
  readonly message: string
  readonly hint: string | null
}

export interface EditedContent<S> {
  readonly profiles: ReadonlyMap<string, EditedProfile<S>>
  /** Null where there is no list of texts. */
  readonly order: ReadonlyMap<string, readonly string[] | null>
}

/**
 * Where an edit began. `known`: at this content. `whole`: nowhere, somebody wrote a file of their own; what it says
 * counts, what it does not say means nothing. `unknown`: at a content that nobody remembers, such as an old copy or one of
 * another home; only what is new in it counts.
 */
export type EditBase =
  | { readonly kind: 'known'; readonly content: ProfilesContent }
  | { readonly kind: 'whole' }
  | { readonly kind: 'unknown' }

export interface ProfileValue {
  readonly profileId: ProfileId
  readonly provider: ProviderId
  readonly kind: CredentialKind
  /** Epoch milliseconds. */
  readonly expiresAt: number | null
}

export type ProfileEdit<S> =
  | ({ readonly type: 'store'; readonly secret: S } & ProfileValue)
  | ({ readonly type: 'refer'; readonly reference: string } & ProfileValue)
  /** Another kind or date for the secret that is kept. */
  | ({ readonly type: 'restate' } & ProfileValue)
  | { readonly type: 'order'; readonly provider: ProviderId; readonly profileIds: readonly ProfileId[] }
  | { readonly type: 'clear'; readonly provider: ProviderId }
  | { readonly type: 'remove'; readonly profileId: ProfileId }

export type Section = 'profiles' | 'order'

/** An entry that does not become what somebody wrote. */
export interface Finding extends Fault {
  readonly section: Section
  readonly name: string
  /** It stays in the file as it was written, to be mended there; else the file shows the state again. */
  readonly held: boolean
  /** Further entries of the section that it is about, and that are held as well. */
  readonly others?: readonly string[]
}

export interface MergedEdits<S> {
  /** In the order in which they are to be made: what an order names must be there, and what is removed leaves its order. */
  readonly edits: readonly ProfileEdit<S>[]
  readonly findings: readonly Finding[]
}

/** An entry's value at the beginning of the edit; `unknown` when nobody can tell. */
export type Began<T> = T | undefined | 'unknown'
