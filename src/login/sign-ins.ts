// The sign-ins of this gateway: one a provider at a time, found by their ids, and forgotten some time after their end.
import type { ProviderId } from '../domain/ids.ts'
import type { LoginMethod, SignIns } from '../domain/login.ts'
import { TraseError } from '../errors.ts'
import type { Host, Timer } from '../host.ts'
import type { CredentialStore } from '../vault/credential-store.ts'
import type { Secret } from '../vault/secret.ts'
import { type LoginLimits, loginLimits } from './login-state.ts'
import { openSignIn, type SignIn } from './sign-in.ts'
import type { StartMethod } from './sign-in-method.ts'

/** The sign-ins, as whoever opened them holds them. */
export interface OpenedSignIns extends SignIns<Secret> {
  /** Cancels what goes on; resolves when it is gone, and stored what has come to its token. */
  close(): Promise<void>
}

export interface SignInsOptions {
  readonly host: Host
  readonly store: Pick<CredentialStore, 'add'>
  readonly methods: Readonly<Record<LoginMethod, StartMethod>>
  readonly limits?: LoginLimits
}

/** That go on at the same time. */
const activeMax = 4
/** Ended ones that can still be asked for, and for how long. */
const finishedMax = 16
const finishedMsMax = 600_000
/** 128 bits, which nobody guesses: whoever has the id may hand in a code. */
const idBytes = 16

export function openSignIns({ host, store, methods, limits = loginLimits }: SignInsOptions): OpenedSignIns {
  /** In the order they began. */
  const signIns = new Map<string, SignIn>()
  const forgetting = new Map<string, Timer>()

  function find(loginId: string): SignIn {
    const signIn = signIns.get(loginId)
    if (signIn) return signIn
    throw new TraseError('not_found', 'there is no such sign-in; one that is over is forgotten after 10 minutes')
  }

  function checkRoom(provider: ProviderId): void {
    const active = [...signIns].filter(([, signIn]) => !signIn.isOver())
    const [same] = active.find(([, { request }]) => request.provider === provider) ?? []
    if (same !== undefined) {
      throw new TraseError('already_exists', `a sign-in to ${provider} goes on already`, {
        hint: `end it first: traseai rpc login.cancel '{"loginId":"${same}"}'`,
        data: { loginId: same },
      })
    }
    if (active.length >= activeMax) throw new TraseError('busy', `${activeMax} sign-ins go on already`)
  }

  function forget(loginId: string): void {
    forgetting.get(loginId)?.cancel()
    forgetting.delete(loginId)
    signIns.delete(loginId)
  }

  function forgetLater(loginId: string): void {
    forgetting.set(
      loginId,
      host.setTimer(finishedMsMax, () => forget(loginId)),
    )
    for (const old of [...forgetting.keys()].slice(0, -finishedMax)) forget(old)
  }

  return {
    async start(request) {
      checkRoom(request.provider)
      const loginId = host.randomBytes(idBytes).toString('base64url')
      const onOver = (): void => forgetLater(loginId)
      const signIn = openSignIn({ host, store, limits, loginId, request, onOver })
      signIns.set(loginId, signIn) // before the first wait: the next caller must find the place taken
      await signIn.begin(methods[request.method])
      return signIn.view()
    },
    submit(loginId, code) {
      const signIn = find(loginId)
      signIn.submit(code)
      return signIn.view()
    },
    get: (loginId) => find(loginId).view(),
    async cancel(loginId) {
      const signIn = find(loginId)
      await signIn.cancel()
      return signIn.view()
    },
    watch: (loginId, listener) => find(loginId).watch(listener),
    async close() {
      await Promise.all([...signIns.values()].map((signIn) => signIn.cancel()))
      for (const timer of forgetting.values()) timer.cancel()
    },
  }
}
