// The state of the gateway and what feeds it: log, command bus, settings, candidates. No sockets yet.
import type { Host } from '../host.ts'
import { removeUnfinished } from '../sources/write-private-file.ts'
import type { EventLog } from '../storage/event-log.ts'
import { openEventLog } from '../storage/open-event-log.ts'
import { openReferences } from '../vault/references.ts'
import type { Vault } from '../vault/vault.ts'
import { type AgentFiles, openAgentFiles } from './agent-files.ts'
import { openCandidates, type Candidates } from './candidates.ts'
import { closeAll, type Close } from './close-all.ts'
import { type Conditions, openConditions } from './conditions.ts'
import { openClientIndex } from './client-index.ts'
import { openCommandBus, type CommandBus } from './command-bus.ts'
import { type FollowedStore, openCredentialStore } from './credential-store.ts'
import { finishRemovals } from './drop-from-orders.ts'
import { forgetWithEvents } from './forget-with-events.ts'
import { openLiveEnvironment } from './live-environment.ts'
import { keepPinsWithinLimit } from './pin-limit.ts'
import { recordRestore } from './record-restore.ts'
import { openReferenceRefresh } from './reference-refresh.ts'
import { openRequestMemory, type RequestMemory } from './request-memory.ts'
import { openStoredSecrets, type StoredSecrets } from './stored-secrets.ts'
import type { StartedStorage } from './start-storage.ts'
import { openSettings, type Settings } from './settings.ts'
import { startVault } from './start-vault.ts'

export interface Core extends Settings {
  readonly log: EventLog
  readonly bus: CommandBus
  readonly memory: RequestMemory
  readonly vault: Vault
  readonly stored: Pick<StoredSecrets, 'secretOf' | 'whyMissing' | 'troubleOf'>
  readonly candidates: Candidates
  readonly credentialStore: FollowedStore
  readonly agentFiles: AgentFiles
  /** What is wrong beside the state, for people to be told of. */
  readonly conditions: Conditions
  /** The name of the client with this token hash. */
  clientOf(tokenHash: string): string | undefined
  close(): Promise<void>
}

/**
 * Opens everything in order and brings the log in line with the environment; on failure what was opened is closed again.
 * @throws TraseError `configuration_invalid`, `database_…`, `disk_full`, `storage_failed`
 */
export async function openCore(host: Host, storage: StartedStorage): Promise<Core> {
  const closers: Close[] = []
  try {
    const parts = await openParts(host, storage, closers)
    return { ...parts, conditions: openConditions(host), clientOf: openClientIndex(() => parts.bus.state()) }
  } catch (error) {
    await closeAll(host.log, closers)
    throw error
  }
}

/** What has an order in which it is opened. */
type Parts = Omit<Core, 'conditions' | 'clientOf'>

async function openParts(host: Host, storage: StartedStorage, closers: Close[]): Promise<Parts> {
  const [opened] = await Promise.all([openEventLog(storage.options, storage.thread), removeUnfinished(host.paths.home)])
  const { log, installationKey } = opened
  closers.push(() => log.close())
  const bus = await openCommandBus(host, opened)
  closers.push(() => bus.close())
  await recordRestore(host, bus)
  const memory = openRequestMemory(opened.usage)
  keepPinsWithinLimit(bus, memory, host.log)
  let agentFiles: AgentFiles | null = null
  let credentialStore: FollowedStore | null = null
  const settings = await openSettings({
    host,
    installationKey,
    live: openLiveEnvironment(host, bus),
    onConfigOrderChange: () => memory.forgetSessions(null),
    onConfigurationChange: () => void agentFiles?.flush(),
    onConfigurationMended: async () => credentialStore?.configurationMended(),
    onClose: (close) => closers.push(close),
  })
  const vault = await startVault(host, opened, bus, () => settings.configuration.current().value.vault)
  closers.push(() => vault.close())
  const stored = openStoredSecrets({ host, bus, vault, sealed: opened.secrets })
  closers.push(() => stored.close())
  const candidates = openCandidates({
    now: () => host.now(),
    state: () => bus.state(),
    environment: () => settings.environment.view(),
    stored,
    configuration: () => settings.configuration.current().value,
    memory,
  })
  forgetWithEvents(bus, memory, candidates)
  const references = openReferences(host)
  const storing = { host, bus, stored, references, installationKey }
  const refresh = openReferenceRefresh({
    ...storing,
    everyMs: () => settings.configuration.current().value.vault.referenceRefreshMs,
  })
  closers.push(() => refresh.close())
  await finishRemovals(bus, settings.providers())
  credentialStore = openCredentialStore({ ...storing, ...settings, vault, candidates })
  agentFiles = await openAgentFiles({
    host,
    bus,
    store: credentialStore,
    providers: settings.providers,
    defaultAgent: () => settings.configuration.current().value.agents.default,
    secretOf: candidates.secretOf,
    lastUsedAt: memory.lastUsedAt,
  })
  closers.push(agentFiles.close)
  credentialStore.followWith(agentFiles.flush)
  return {
    ...settings,
    log,
    bus,
    memory,
    vault,
    stored,
    candidates,
    credentialStore,
    agentFiles,
    async reload() {
      const [outcome] = await Promise.all([settings.reload(), refresh.refreshAll()])
      return outcome
    },
    close: () => closeAll(host.log, closers),
  }
}
