// Makes what somebody asked for by editing an auth-profiles.json: each edit is a command, with the file as its actor.
import type { Actor } from '../domain/events.ts'
import type { AgentId, ProfileId } from '../domain/ids.ts'
import { withoutSecrets } from '../domain/keys-in-text.ts'
import type { Finding, ProfileEdit } from '../domain/profiles-edit.ts'
import { type ErrorName, messageOf, TraseError } from '../errors.ts'
import type { Log } from '../host.ts'
import type { CredentialStore, NewCredential } from '../vault/credential-store.ts'
import type { Secret } from '../vault/secret.ts'
import type { CommandBus } from './command-bus.ts'

export interface ProfileEditsDeps {
  readonly log: Log
  readonly store: Pick<CredentialStore, 'add' | 'addReference' | 'remove'>
  readonly bus: Pick<CommandBus, 'execute'>
  secretOf(profileId: ProfileId): Secret | undefined
}

export interface EditOrigin {
  readonly agent: AgentId
  /** What is stored by the default agent's file is for all agents. */
  readonly isDefault: boolean
}

/** An edit that was not made. */
export interface RefusedEdit {
  readonly edit: ProfileEdit<Secret>
  readonly finding: Finding
  /** It may be made later, without anybody editing the file again. */
  readonly passing: boolean
}

const actor: Actor = { kind: 'file', program: 'auth-profiles.json' }
const passing: ReadonlySet<ErrorName> = new Set([
  'vault_locked',
  'vault_key_missing',
  'disk_full',
  'storage_failed',
  'busy',
  'conflict',
])

/** What came of edits; those after an overtaken one are in neither list. */
export interface TriedEdits {
  readonly made: readonly ProfileEdit<Secret>[]
  readonly refused: readonly RefusedEdit[]
}

/**
 * One after the other, as they depend on each other; one that is refused keeps no other from being made. Asked before
 * each of them, `isOvertaken` says that the file is another one by now: the rest is left.
 */
export async function makeProfileEdits(
  deps: ProfileEditsDeps,
  origin: EditOrigin,
  edits: readonly ProfileEdit<Secret>[],
  isOvertaken: () => Promise<boolean>,
): Promise<TriedEdits> {
  const made: ProfileEdit<Secret>[] = []
  const refused: RefusedEdit[] = []
  for (const edit of edits) {
    if (await isOvertaken()) break
    try {
      await make(deps, origin, edit)
      made.push(edit)
    } catch (error) {
      if (!(error instanceof TraseError)) deps.log.error({ error: messageOf(error) }, 'a hand edit could not be made')
      refused.push(refusal(edit, error))
    }
  }
  return { made, refused }
}

async function make(deps: ProfileEditsDeps, origin: EditOrigin, edit: ProfileEdit<Secret>): Promise<void> {
  const { agent, isDefault } = origin
  const { store } = deps
  const credential = (value: Omit<NewCredential, 'agent'>): NewCredential => {
    const { profileId, provider, kind, expiresAt } = value
    return { profileId, provider, kind, expiresAt, agent: isDefault ? null : agent }
  }
  switch (edit.type) {
    case 'store':
      await store.add(credential(edit), edit.secret, actor)
      return
    case 'refer':
      await store.addReference(credential(edit), edit.reference, actor)
      return
    case 'restate': {
      const secret = deps.secretOf(edit.profileId)
      if (!secret) throw new TraseError('vault_locked', `the secret of "${edit.profileId}" is not at hand`)
      await store.add(credential(edit), secret, actor)
      return
    }
    case 'remove':
      await store.remove(edit.profileId, 'removed from auth-profiles.json', actor)
      return
    case 'order':
      await deps.bus.execute({ type: 'SetOrder', agent, provider: edit.provider, profileIds: edit.profileIds }, actor)
      return
    case 'clear':
      await deps.bus.execute({ type: 'ClearOrder', agent, provider: edit.provider }, actor)
  }
}

function refusal(edit: ProfileEdit<Secret>, error: unknown): RefusedEdit {
  const known = error instanceof TraseError ? error : null
  return {
    edit,
    finding: {
      section: edit.type === 'order' || edit.type === 'clear' ? 'order' : 'profiles',
      name: edit.type === 'order' || edit.type === 'clear' ? edit.provider : edit.profileId,
      message: `cannot be taken up: ${withoutSecrets(messageOf(error))}`,
      hint: known?.hint === undefined ? null : withoutSecrets(known.hint),
      // What is gone from the file cannot stay in it.
      held: edit.type !== 'remove' && edit.type !== 'clear',
    },
    passing: known !== null && passing.has(known.code),
  }
}
