// What a sign-in is: the ways there are, the states it goes through, and what anybody who has its id may know of it.
import type { ErrorName } from '../errors.ts'
import type { Actor } from './events.ts'
import type { AgentId, ProfileId, ProviderId } from './ids.ts'

/** The ways to sign in, and the providers each leads to. */
export const loginMethods = {
  'setup-token': { providers: ['anthropic'] },
} as const satisfies Record<string, { readonly providers: readonly string[] }>
export type LoginMethod = keyof typeof loginMethods
export const loginMethodNames = Object.keys(loginMethods) as [LoginMethod, ...LoginMethod[]]

/**
 * `code_refused` lasts until there is a new address; `storing` is the gateway's own part, when the provider has done its.
 * The last three are ends.
 */
export const loginStates = [
  'starting',
  'waiting_for_code',
  'checking',
  'code_refused',
  'storing',
  'done',
  'failed',
  'cancelled',
] as const
export type LoginState = (typeof loginStates)[number]

export function isOver(state: LoginState): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled'
}

/** What somebody asks for who wants to sign in. */
export interface SignInRequest {
  readonly provider: ProviderId
  readonly method: LoginMethod
  readonly profileId: ProfileId
  /** The one agent it is for; null is for all. */
  readonly agent: AgentId | null
  /** A browser may be opened on the host of the gateway. */
  readonly browser: boolean
  /** Whom the history names for the credential. */
  readonly actor: Actor
}

export interface LoginError {
  readonly code: ErrorName
  readonly message: string
  readonly hint: string | null
}

export interface LoginProgress {
  readonly loginId: string
  readonly provider: ProviderId
  readonly method: LoginMethod
  readonly profileId: ProfileId
  readonly state: LoginState
  /** The address to open, while a code is waited for. */
  readonly url: string | null
  readonly refusedCodes: number
  /** What was said to the last code that was refused. */
  readonly refusal: string | null
  readonly error: LoginError | null
  /** The credential it ended with. */
  readonly kept: KeptCredential | null
}

export interface KeptCredential {
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** It was there before, with another value. */
  readonly rotated: boolean
  /** The credential that the next request will use, null when none is usable. */
  readonly next: ProfileId | null
  readonly notes: readonly string[]
}

/** Sign-ins to providers; ids of those that are over are kept for 10 minutes. `S` is the secret's type, which is not seen here. */
export interface SignIns<S> {
  /** @throws TraseError `already_exists` while one of the provider goes on, `busy`, `program_missing`, `login_failed` */
  start(request: SignInRequest): Promise<LoginProgress>
  /** Takes the code over. @throws TraseError `not_found`; `conflict` when no code is waited for */
  submit(loginId: string, code: S): LoginProgress
  /** @throws TraseError `not_found` */
  get(loginId: string): LoginProgress
  /** Resolves when nothing of it is left running; one that is over stays as it is. @throws TraseError `not_found` */
  cancel(loginId: string): Promise<LoginProgress>
  /** Calls back at each change; returns the way to stop. @throws TraseError `not_found`, `busy` */
  watch(loginId: string, listener: (progress: LoginProgress) => void): () => void
}
