// Handlers that change credentials: stored, forgotten, switched off and on.
import { entryOf } from '../../domain/entities.ts'
import { parseAgentId, parseProfileId } from '../../domain/ids.ts'
import type { ParsedParams } from '../../protocol/contract.ts'
import type { Answer, CallContext, Handlers } from '../handler.ts'
import { knownCredential } from '../known.ts'
import { pastedSecret } from '../pasted-secret.ts'

export const credentialChangeHandlers = {
  'credentials.add': add,
  'credentials.remove': async (params, { deps, actor }) => {
    const expected = entryOf(deps.configuration().value.auth.profiles, params.profileId)
    const profileId = expected ? parseProfileId(params.profileId) : knownCredential(deps, params.profileId).profileId
    return { profileId, ...(await deps.credentials.remove(profileId, 'by hand', actor)) }
  },
  'credentials.disable': async (params, { deps, actor }) => {
    const { profileId } = knownCredential(deps, params.profileId)
    const startedAt = deps.host.now()
    const events = await deps.execute(
      { type: 'DisableCredential', profileId, reason: 'user', retryAt: null, startedAt },
      actor,
    )
    return { profileId, disabled: events.length > 0 }
  },
  'credentials.enable': async (params, { deps, actor }) => {
    const { profileId } = knownCredential(deps, params.profileId)
    const events = await deps.execute({ type: 'EnableCredential', profileId, reason: 'user' }, actor)
    return { profileId, enabled: events.length > 0 }
  },
} as const satisfies Handlers<'credentials.add' | 'credentials.remove' | 'credentials.disable' | 'credentials.enable'>

async function add(
  { profileId, provider, kind, secret, reference, expiresAt, agent }: ParsedParams<'credentials.add'>,
  { deps, actor }: CallContext,
): Promise<Answer<'credentials.add'>> {
  const known = deps.provider(provider)
  const credential = {
    profileId: parseProfileId(profileId),
    provider: known.id,
    kind,
    expiresAt: expiresAt === undefined ? null : Date.parse(expiresAt),
    agent: agent === undefined ? null : parseAgentId(agent),
  }
  if (secret === undefined) return deps.credentials.addReference(credential, reference ?? '', actor)
  const pasted = pastedSecret(secret, kind, known, deps.providers())
  const stored = await deps.credentials
    .add({ ...credential, kind: pasted.kind }, pasted.secret, actor)
    .finally(() => pasted.secret.drop())
  return { ...stored, notes: [...pasted.notes, ...stored.notes] }
}
