// Handlers about the tokens that clients of the HTTP gateway present.
import { clientTokenPrefix } from '../../domain/client-token.ts'
import { entryOf } from '../../domain/entities.ts'
import { isoInstant } from '../../domain/events.ts'
import { messageOf, TraseError } from '../../errors.ts'
import type { ParsedParams } from '../../protocol/contract.ts'
import { clientTokenHash } from '../../vault/client-token-hash.ts'
import type { Answer, CallContext, Handlers } from '../handler.ts'

/** 256 bits, which nobody guesses; 43 characters of base64url. */
const tokenRandomBytes = 32

export const clientHandlers = {
  'clients.issue': issue,
  'clients.list': (_params, { deps }) =>
    Object.values(deps.state().clients).map(({ name, issuedAt, boundToPid }) => ({
      name,
      issuedAt: isoInstant(issuedAt),
      boundToPid,
    })),
  'clients.revoke': async ({ name }, { deps, actor }) => {
    await deps.execute({ type: 'RevokeClient', name }, actor)
    return { name }
  },
} as const satisfies Handlers<'clients.issue' | 'clients.list' | 'clients.revoke'>

async function issue(
  { name, bound = false, boundToPid }: ParsedParams<'clients.issue'>,
  { deps, actor, caller }: CallContext,
): Promise<Answer<'clients.issue'>> {
  const { host } = deps
  if (bound && caller.pid <= 0) {
    throw new TraseError('usage', 'a token cannot be bound to a process that the kernel does not name', {
      hint: 'issue one that is not bound',
    })
  }
  const token = `${clientTokenPrefix}${host.randomBytes(tokenRandomBytes).toString('base64url')}`
  const tokenHash = clientTokenHash(token)
  await deps.execute(
    { type: 'IssueClient', name, tokenHash, boundToPid: bound ? caller.pid : (boundToPid ?? null) },
    actor,
  )
  if (bound) {
    caller.whenGone(() => {
      // Revoked and issued anew meanwhile: the new token is not this caller's.
      if (entryOf(deps.state().clients, name)?.tokenHash !== tokenHash) return
      deps.execute({ type: 'RevokeClient', name }, actor).catch((error: unknown) => {
        host.log.warn(
          { client: name, error: messageOf(error) },
          'the token of a program that has gone could not be revoked yet',
        )
      })
    })
  }
  return { name, token }
}
