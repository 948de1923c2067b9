// Brings the log in line with the environment: events only for what differs, the same at a start as after a change.
import type { CredentialCommand } from '../domain/command.ts'
import { entryOf } from '../domain/entities.ts'
import type { LayerKind } from '../domain/env-keys.ts'
import type { Actor } from '../domain/events.ts'
import type { ProfileId } from '../domain/ids.ts'
import type { State } from '../domain/state.ts'
import type { Result } from '../protocol/contract.ts'
import type { EnvironmentView } from '../sources/environment-view.ts'
import type { CommandBus } from './command-bus.ts'

const environmentLayers: readonly LayerKind[] = ['process-env', 'env-file', 'shell-env']

/** The commands that make `state` hold exactly the keys of `view`; what a layer held that cannot be read now is left alone. */
function reconcileEnvironment(state: State, view: EnvironmentView): CredentialCommand[] {
  const wanted = new Set<string>(view.keys.map((key) => key.profileId))
  const read = new Set<string>(environmentLayers.filter((kind) => !view.unread.includes(kind)))
  const gone = Object.values(state.credentials).filter(
    (credential) => read.has(credential.source.kind) && !wanted.has(credential.profileId),
  )
  return [
    ...gone.map((credential): CredentialCommand => ({
      type: 'RemoveCredential',
      profileId: credential.profileId,
      reason: 'no longer in the environment',
    })),
    ...view.keys
      .filter((key) => entryOf(state.credentials, key.profileId)?.fingerprint !== key.fingerprint)
      .map((key): CredentialCommand => ({
        type: 'AddCredential',
        profileId: key.profileId,
        provider: key.provider,
        kind: 'api_key',
        source: { kind: key.place.kind, name: key.place.name },
        fingerprint: key.fingerprint,
        expiresAt: null,
        agent: null,
      })),
  ]
}

/** Executes them side by side, so that they share one commit; resolves when all are on disk, with the credentials that changed. */
export async function applyReconciliation(
  bus: CommandBus,
  view: EnvironmentView,
  actor: Actor,
): Promise<{ readonly outcome: Result<'env.reload'>; readonly profileIds: readonly ProfileId[] }> {
  const commands = reconcileEnvironment(bus.state(), view)
  const appended = await Promise.all(commands.map((command) => bus.execute(command, actor)))
  const types = appended.flat().map((event) => event.type)
  const count = (type: string): number => types.filter((each) => each === type).length
  return {
    outcome: {
      added: count('CredentialAdded'),
      rotated: count('CredentialRotated'),
      removed: count('CredentialRemoved'),
    },
    profileIds: commands.flatMap(({ profileId }, index) => (appended[index]?.length ? [profileId] : [])),
  }
}
