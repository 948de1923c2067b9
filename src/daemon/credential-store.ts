// Stores credentials and forgets them: sealed or as a reference, one change of an id after the other. The events are the truth; files follow them.
import { requireCredential } from '../domain/credential.ts'
import { entryOf, isStored } from '../domain/entities.ts'
import type { ProfileId } from '../domain/ids.ts'
import type { Provider } from '../domain/provider.ts'
import { plainRequest } from '../domain/selection.ts'
import { TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { ConfigurationSource } from '../sources/configuration-source.ts'
import type { CredentialStore, NewCredential, StoredCredential } from '../vault/credential-store.ts'
import { parseReference, type References } from '../vault/references.ts'
import type { Candidates } from './candidates.ts'
import { openTurns } from './in-turn.ts'
import { checkKeeping, keepReference, keepSealed, type KeepDeps, type Kept } from './keep-credential.ts'
import { checkedCredential, checkValue } from './new-credential.ts'
import { openProfileEntries } from './profile-entries.ts'
import { dropFromOrders } from './drop-from-orders.ts'
import { stillPinned } from './still-pinned.ts'
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
  /** traseai.json was broken and is good again: what it could not be told is written now. Never rejects. */
  configurationMended(): Promise<void>
}

export function openCredentialStore(deps: CredentialStoreDeps): FollowedStore {
  const { bus, references, configuration } = deps
  const inTurn = openTurns<ProfileId>()
  const entries = openProfileEntries(deps)
  const followers: (() => Promise<void>)[] = []
  const checked = (credential: NewCredential): NewCredential =>
    checkedCredential(credential, deps.providers(), configuration.current().value)

  async function finished(credential: NewCredential, { rotated }: Kept): Promise<StoredCredential> {
    const { profileId, provider, kind } = credential
    const notes = await writeFiles(profileId, { provider, kind })
    const agent = credential.agent ?? configuration.current().value.agents.default
    const selection = deps.candidates.select({ provider, agent, ...plainRequest })
    const facts = { credential, agent, credentials: bus.state().credentials, selection }
    return { profileId, rotated, next: selection.next, notes: [...storedNotes(facts), ...notes] }
  }

  /** What cannot be written is a note: the credential is stored or gone, whatever a file says. */
  async function writeFiles(
    profileId: ProfileId,
    entry: Pick<NewCredential, 'provider' | 'kind'> | undefined,
  ): Promise<readonly string[]> {
    const [notes] = await Promise.all([entries.write(profileId, entry), ...followers.map((write) => write())])
    return notes
  }

  return {
    followWith: (write) => void followers.push(write),
    configurationMended: () => entries.writeMissed(),
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
        if (isNamedOnly(deps, profileId)) {
          await configuration.edit([{ path: ['auth', 'profiles', profileId], value: undefined }])
          return { stored: false, notes: stillOrdered(deps, profileId) }
        }
        requireStored(deps, profileId)
        await bus.execute({ type: 'RemoveCredential', profileId, reason }, actor)
        const dropped = await dropFromOrders(bus, (id) => id === profileId, actor)
        const notes = await writeFiles(profileId, undefined)
        const inUse = [...stillOrdered(deps, profileId), ...stillPinned(bus.state().pins, profileId)]
        return { stored: true, notes: [...dropped, ...inUse, ...notes] }
      }),
  }
}

/** As a kill between the event of a removal and the edit of traseai.json leaves it behind, or somebody wrote it. */
function isNamedOnly({ bus, configuration }: CredentialStoreDeps, profileId: ProfileId): boolean {
  const { profiles } = configuration.current().value.auth
  return !entryOf(bus.state().credentials, profileId) && entryOf(profiles, profileId) !== undefined
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
