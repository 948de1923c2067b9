// Stores credentials and forgets them: sealed or as a reference, one change of an id after the other. The events are the truth; files follow them.
import { requireCredential } from '../domain/credential.ts'
import { isStored } from '../domain/entities.ts'
import type { ProfileId } from '../domain/ids.ts'
import type { Provider } from '../domain/provider.ts'
import { messageOf, TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { ConfigurationChange } from '../sources/configuration-edit.ts'
import type { ConfigurationSource } from '../sources/configuration-source.ts'
import type { CredentialStore, NewCredential, StoredCredential } from '../vault/credential-store.ts'
import { parseReference, type References } from '../vault/references.ts'
import type { Candidates } from './candidates.ts'
import { openGatheredEdits } from './gathered-edits.ts'
import { openTurns } from './in-turn.ts'
import { checkKeeping, keepReference, keepSealed, type KeepDeps, type Kept } from './keep-credential.ts'
import { checkedCredential, checkValue } from './new-credential.ts'
import { dropFromOrders } from './drop-from-orders.ts'
import { storedNotes } from './stored-notes.ts'

export interface CredentialStoreDeps extends KeepDeps {
  readonly host: Host
  readonly references: Pick<References, 'resolve'>
  readonly candidates: Pick<Candidates, 'select'>
  readonly configuration: Pick<ConfigurationSource, 'current' | 'edit'>
  providers(): readonly Provider[]
}

export interface FollowedStore extends CredentialStore {
  /** From now on a change is acknowledged when this has resolved, too: what shows credentials in files. It must not reject. */
  followWith(write: () => Promise<void>): void
}

export function openCredentialStore(deps: CredentialStoreDeps): FollowedStore {
  const { host, bus, references, configuration } = deps
  const inTurn = openTurns<ProfileId>()
  const edit = openGatheredEdits(configuration)
  const followers: (() => Promise<void>)[] = []
  const checked = (credential: NewCredential): NewCredential =>
    checkedCredential(credential, deps.providers(), configuration.current().value)

  async function finished(credential: NewCredential, { rotated }: Kept): Promise<StoredCredential> {
    const { profileId, provider, kind } = credential
    const notes = await writeFiles({ path: ['auth', 'profiles', profileId], value: { provider, kind } })
    const agent = credential.agent ?? configuration.current().value.agents.default
    const selection = deps.candidates.select({ provider, agent, session: null, requestPin: null, model: null })
    const facts = { credential, agent, credentials: bus.state().credentials, selection }
    return { profileId, rotated, next: selection.next, notes: [...storedNotes(facts), ...notes] }
  }

  /** What cannot be written is a note: the credential is stored or gone, whatever a file says. */
  async function writeFiles(change: ConfigurationChange): Promise<readonly string[]> {
    const [edited] = await Promise.allSettled([edit(change), ...followers.map((write) => write())])
    if (edited.status === 'fulfilled') return []
    host.log.warn({ error: messageOf(edited.reason) }, 'auth.profiles of traseai.json could not be brought up to date')
    return [`auth.profiles was not brought up to date: ${messageOf(edited.reason)}`]
  }

  return {
    followWith: (write) => void followers.push(write),
    check: (credential) => checkKeeping(deps, checked(credential)),
    add: (credential, secret, actor) =>
      inTurn(credential.profileId, async () => {
        const wanted = checked(credential)
        checkValue(secret)
        return finished(wanted, await keepSealed(deps, wanted, secret, actor))
      }),
    addReference: (credential, text, actor) =>
      inTurn(credential.profileId, async () => {
        const wanted = checked(credential)
        const reference = parseReference(text.trim())
        const secret = await references.resolve(reference)
        return finished(wanted, await keepReference(deps, wanted, { text: reference.text, secret }, actor))
      }),
    remove: (profileId, reason, actor) =>
      inTurn(profileId, async () => {
        requireStored(deps, profileId)
        await bus.execute({ type: 'RemoveCredential', profileId, reason }, actor)
        const dropped = await dropFromOrders(bus, (id) => id === profileId, actor)
        const notes = await writeFiles({ path: ['auth', 'profiles', profileId], value: undefined })
        return { notes: [...dropped, ...stillOrdered(deps, profileId), ...notes] }
      }),
  }
}

function requireStored({ bus }: CredentialStoreDeps, profileId: ProfileId): void {
  const { source } = requireCredential(bus.state().credentials, profileId)
  if (isStored(source)) return
  throw new TraseError('usage', `"${profileId}" is the key in the variable ${source.name}`, {
    hint: whereToRemove(source.kind, source.name),
    data: { profileId },
  })
}

function whereToRemove(kind: string, name: string): string {
  if (kind === 'env-file') return `it goes with the variable: traseai env unset ${name}`
  const where = kind === 'process-env' ? 'where the gateway is started' : 'in the files of your login shell'
  return `it goes with the variable: unset ${name} ${where}, then: traseai gateway restart`
}

function stillOrdered({ configuration }: CredentialStoreDeps, profileId: ProfileId): readonly string[] {
  const named = Object.values(configuration.current().value.auth.order).flat().includes(profileId)
  return named ? [`auth.order in traseai.json still names ${profileId}`] : []
}
