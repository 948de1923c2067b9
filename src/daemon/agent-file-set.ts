// The auth-profiles.json of every agent that has one, or is to have one, each opened once.
import { credentialsMax } from '../domain/credential.ts'
import type { AgentId, ProfileId } from '../domain/ids.ts'
import { noContent, profilesContents, profilesUsage, type ProfilesContent } from '../domain/profiles-file.ts'
import type { SettingsProblem } from '../domain/problem.ts'
import type { Provider } from '../domain/provider.ts'
import type { Host } from '../host.ts'
import type { Watched } from '../sources/file-watcher.ts'
import type { CredentialStore } from '../vault/credential-store.ts'
import type { Secret } from '../vault/secret.ts'
import { agentDirectory, agentsMax, openAgentDirectories } from './agent-directories.ts'
import { type AgentFile, openAgentFile } from './agent-file.ts'
import type { CommandBus } from './command-bus.ts'
import { makeProfileEdits } from './profile-edits.ts'

export interface AgentFileSetDeps {
  readonly host: Host
  readonly bus: Pick<CommandBus, 'durable' | 'execute'>
  readonly store: Pick<CredentialStore, 'add' | 'addReference' | 'remove'>
  defaultAgent(): AgentId
  providers(): readonly Provider[]
  secretOf(profileId: ProfileId): Secret | undefined
  lastUsedAt(): ReadonlyMap<ProfileId, number>
}

export interface AgentFileSet {
  /** Lists the agents' directories and opens what is new. */
  watched(): Promise<Watched>
  /** Those that are open, and those that the log has something for. */
  all(): AsyncIterable<AgentFile>
  opened(): readonly AgentFile[]
  problems(): readonly SettingsProblem[]
  kept(): readonly SettingsProblem[]
}

export function openAgentFileSet(deps: AgentFileSetDeps): AgentFileSet {
  const { host, bus } = deps
  const contents = openContents(deps)
  const directories = openAgentDirectories(host)
  const opening = new Map<AgentId, Promise<AgentFile>>()
  const opened = new Map<AgentId, AgentFile>()

  function fileOf(agent: AgentId): Promise<AgentFile> {
    const file = opening.get(agent) ?? open(agent)
    opening.set(agent, file)
    return file
  }

  async function open(agent: AgentId): Promise<AgentFile> {
    const isDefault = (): boolean => agent === deps.defaultAgent()
    const file = await openAgentFile({
      host,
      agent,
      directory: agentDirectory(host, agent),
      content: () => contents().get(agent) ?? noContent,
      usage: () => profilesUsage(bus.durable(), deps.lastUsedAt(), { agent, isDefault: isDefault(), now: host.now() }),
      providers: deps.providers,
      room: () => credentialsMax - Object.keys(bus.durable().credentials).length,
      makeEdits: (edits, isOvertaken) =>
        makeProfileEdits({ ...deps, log: host.log }, { agent, isDefault: isDefault() }, edits, isOvertaken),
    })
    opened.set(agent, file)
    return file
  }

  return {
    async watched() {
      const { agents, parents } = await directories.read()
      const files = await Promise.all(
        agents.map(async ({ agent, names }) => {
          const file = await fileOf(agent)
          const kept = file.noteNames(names)
          // Nothing to do about those, but when one goes it is no problem any more.
          return [{ path: file.path, notify: file.changed }, ...kept.map((path) => ({ path, notify: () => {} }))]
        }),
      )
      return { files: files.flat(), folders: parents }
    },
    async *all() {
      for (const agent of new Set([...contents().keys(), ...opening.keys()])) {
        if (opening.has(agent) || opening.size < agentsMax) yield await fileOf(agent)
      }
    },
    opened: () => [...opened.values()],
    problems: () => [...directories.problems(), ...[...opened.values()].flatMap((file) => file.problems())],
    kept: () => [...opened.values()].flatMap((file) => file.kept()),
  }
}

/** The content of every file, made anew only when the state or the default agent is another. */
function openContents({ bus, defaultAgent }: AgentFileSetDeps): () => ReadonlyMap<AgentId, ProfilesContent> {
  let from: readonly unknown[] = []
  let contents: ReadonlyMap<AgentId, ProfilesContent> = new Map()
  return () => {
    const { credentials, orders } = bus.durable()
    const now = [credentials, orders, defaultAgent()]
    if (now.some((part, index) => part !== from[index])) {
      from = now
      contents = profilesContents({ credentials, orders }, defaultAgent())
    }
    return contents
  }
}
