// One sign-in: carries its state from what the method reports, keeps the time limits, and hands the token to the store.
import { isOver, type KeptCredential, type LoginProgress, type SignInRequest } from '../domain/login.ts'
import { messageOf, TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { CredentialStore } from '../vault/credential-store.ts'
import type { Secret } from '../vault/secret.ts'
import { openLoginClock } from './login-clock.ts'
import type { Login, LoginLimits } from './login-state.ts'
import { openPendingWork } from './pending-work.ts'
import { type MethodReport, type RunningMethod, type StartMethod, withLastWords } from './sign-in-method.ts'
import { openWatchers } from './watchers.ts'

export interface SignInOptions {
  readonly host: Host
  readonly store: Pick<CredentialStore, 'add'>
  readonly limits: LoginLimits
  readonly loginId: string
  readonly request: SignInRequest
  /** Once, when it is done, failed or cancelled. */
  readonly onOver: () => void
}

export interface SignIn {
  readonly request: SignInRequest
  isOver(): boolean
  view(): LoginProgress
  /** @throws TraseError what the method cannot begin for; it is over then */
  begin(start: StartMethod): Promise<void>
  /** Takes the code over. @throws TraseError `conflict` when no code is waited for */
  submit(code: Secret): void
  /** Resolves when nothing of it is left running. One that is over, or has its token, stays as it is. */
  cancel(): Promise<void>
  /** Calls back at each change. @throws TraseError `busy` */
  watch(listener: (view: LoginProgress) => void): () => void
}

export function openSignIn(options: SignInOptions): SignIn {
  const { request, onOver } = options
  const watchers = openWatchers<LoginProgress>()
  /** The start of the method, its end, the storing of the token. */
  const work = openPendingWork()
  const clock = openLoginClock({
    ...options,
    onChange,
    onLate: (stateMs) => fail(late(clock.login.state, stateMs, method?.lastWords() ?? [])),
  })
  let method: RunningMethod | null = null
  let kept: KeptCredential | null = null

  const view = (): LoginProgress => viewOf(options, clock.login, kept)
  const fail = (error: unknown): boolean => clock.advance({ type: 'failed', error: named(error) })

  function onChange(): void {
    logChange(options, clock.login)
    if (isOver(clock.login.state)) {
      endMethod()
      onOver()
    }
    watchers.tell(view())
  }

  function endMethod(): void {
    if (method) void work.add(endQuietly(options, method))
  }

  function take(report: MethodReport): void {
    if (report.type !== 'token') clock.advance(report)
    else if (clock.advance({ type: 'token' })) void work.add(keep(report))
    else report.token.drop()
  }

  async function keep(report: TokenReport): Promise<void> {
    try {
      kept = await storeToken(options, report)
      clock.advance({ type: 'stored' })
    } catch (error) {
      fail(error)
    }
  }

  return {
    request,
    isOver: () => isOver(clock.login.state),
    view,
    async begin(start) {
      try {
        method = await work.add(start({ browser: request.browser, report: take }))
      } catch (error) {
        fail(error)
        throw error
      }
      if (isOver(clock.login.state)) endMethod() // cancelled meanwhile
    },
    submit(code) {
      if (method && clock.advance({ type: 'code' })) return method.submit(code)
      code.drop()
      throw new TraseError('conflict', `no code is waited for: the sign-in is ${stateWords[clock.login.state]}`)
    },
    async cancel() {
      clock.advance({ type: 'cancelled' })
      await work.settled()
    },
    watch: watchers.add,
  }
}

function logChange({ host, request }: SignInOptions, { state, refusedCodes, error }: Login): void {
  const { provider, method } = request
  host.log.info({ provider, method, state, refusedCodes, error: error?.code }, 'a sign-in went on')
}

/** The outcome of the sign-in stands; what is left over is told to the log. */
async function endQuietly({ host, request }: SignInOptions, method: RunningMethod): Promise<void> {
  try {
    await method.end()
  } catch (error) {
    host.log.warn({ provider: request.provider, error: messageOf(error) }, 'a sign-in could not be cleaned up')
  }
}

function viewOf({ loginId, request }: SignInOptions, login: Login, kept: KeptCredential | null): LoginProgress {
  const { provider, method, profileId } = request
  const { state, url, refusedCodes, refusal, error } = login
  return { loginId, provider, method, profileId, state, url, refusedCodes, refusal, error, kept }
}

type TokenReport = Extract<MethodReport, { type: 'token' }>

/** @throws what the store refuses with */
async function storeToken(
  { host, store, request }: SignInOptions,
  { token, validMs }: TokenReport,
): Promise<KeptCredential> {
  const { profileId, provider, agent, actor } = request
  const expiresAt = host.now() + validMs
  try {
    const stored = await store.add({ profileId, provider, kind: 'token', expiresAt, agent }, token, actor)
    const { rotated, next, notes } = stored
    return { expiresAt, rotated, next, notes }
  } finally {
    token.drop()
  }
}

const stateWords = {
  starting: 'without an address to open',
  waiting_for_code: 'waiting for a code',
  checking: 'checking the code',
  code_refused: 'without a new address after a refused code',
  storing: 'at its end, and its token is being stored',
  done: 'done',
  failed: 'over',
  cancelled: 'cancelled',
} as const satisfies Record<Login['state'], string>

function late(state: Login['state'], stateMs: number, words: readonly string[]): TraseError {
  const message = `the sign-in was ${stateWords[state]} for ${Math.round(stateMs / 1_000)} s`
  return new TraseError('login_failed', withLastWords(message, words))
}

function named(error: unknown): TraseError {
  return error instanceof TraseError ? error : new TraseError('internal', messageOf(error), { cause: error })
}
