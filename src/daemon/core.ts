// The state of the gateway and what feeds it: log, command bus, configuration, environment. No sockets yet.
import { join } from 'node:path'
import type { ReloadOutcome } from '../control/deps.ts'
import { builtInProviders, mergeProviders } from '../domain/provider-table.ts'
import type { Provider } from '../domain/provider.ts'
import { foldVersion } from '../domain/state.ts'
import { messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import { openConfiguration, type ConfigurationSource } from '../sources/configuration-source.ts'
import type { Configuration } from '../sources/configuration-schema.ts'
import { openEnvironment } from '../sources/environment.ts'
import type { EnvironmentCause, EnvironmentSource } from '../sources/environment-view.ts'
import { openHomeWatcher } from '../sources/home-watcher.ts'
import type { EventLog } from '../storage/event-log.ts'
import { openEventLog } from '../storage/open-event-log.ts'
import { openCandidates, type Candidates } from './candidates.ts'
import { openClientIndex } from './client-index.ts'
import { openCommandBus, type CommandBus } from './command-bus.ts'
import { openLiveEnvironment } from './live-environment.ts'
import type { ReconcileOutcome } from './reconcile-environment.ts'
import { openRequestMemory, type RequestMemory } from './request-memory.ts'

export interface Core {
  readonly log: EventLog
  readonly bus: CommandBus
  readonly memory: RequestMemory
  readonly configuration: ConfigurationSource
  readonly environment: EnvironmentSource
  readonly candidates: Candidates
  providers(): readonly Provider[]
  /** The name of the client with this token hash. */
  clientOf(tokenHash: string): string | undefined
  reload(): Promise<ReloadOutcome>
  reloadEnvironment(cause: EnvironmentCause): Promise<ReconcileOutcome>
  close(): Promise<void>
}

/**
 * Opens everything in order and brings the log in line with the environment; on failure what was opened is closed again.
 * @throws TraseError `configuration_invalid`, `database_…`, `disk_full`, `storage_failed`
 */
export async function openCore(host: Host, packageRoot: string): Promise<Core> {
  const closers: (() => Promise<void>)[] = []
  try {
    return await openParts(host, packageRoot, closers)
  } catch (error) {
    await closeInTurn(closers)
    throw error
  }
}

async function openParts(host: Host, packageRoot: string, closers: (() => Promise<void>)[]): Promise<Core> {
  const opened = await openEventLog({
    databasePath: host.paths.database,
    migrationsDir: join(packageRoot, 'migrations'),
    threadEntry: join(packageRoot, 'dist', 'storage-thread.mjs'),
    foldVersion,
    now: () => host.now(),
  })
  const { log } = opened
  closers.push(() => log.close())
  const bus = await openCommandBus(host, opened)
  closers.push(() => bus.saveSnapshot())
  const memory = openRequestMemory(opened.usage)
  const live = openLiveEnvironment(host, bus)

  const configuration = await openConfiguration({ host, onChange: onConfiguration })
  closers.push(() => configuration.close())
  const settings = (): Configuration => configuration.current().value
  const providers = openProviders(settings)
  const environment = await openEnvironment({
    host,
    providers,
    installationKey: opened.installationKey,
    shellEnv: () => settings().env.shellEnv,
    onChange: (view, cause) => live.follow(view, cause),
  })
  closers.push(() => environment.close())
  await live.reconcile(environment.view(), 'start')
  const watcher = await openHomeWatcher({ host, onEnvFile: () => environment.fileChanged(), onConfiguration: () => configuration.fileChanged() })
  closers.push(() => watcher.close())
  forgetSessionsWithOrder(bus, memory)
  const candidates = openCandidates({ now: () => host.now(), state: () => bus.state(), environment: () => environment.view(), configuration: settings, memory })

  /** Providers and the login shell depend on the configuration; a new order ends what sessions kept. */
  function onConfiguration(before: Configuration, now: Configuration): void {
    host.log.info({ restartNeeded: restartNeeded(before, now) }, 'the configuration changed')
    if (JSON.stringify(before.auth.order) !== JSON.stringify(now.auth.order)) memory.forgetSessions(null)
    environment.reload('configuration').catch((error: unknown) => host.log.error({ error: messageOf(error) }, 'the environment could not be read again'))
  }

  async function reloadEnvironment(cause: EnvironmentCause): Promise<ReconcileOutcome> {
    const view = await environment.reload(cause)
    return live.reconcile(view, cause)
  }

  async function reload(): Promise<ReloadOutcome> {
    const before = settings()
    await configuration.reload()
    const outcome = await reloadEnvironment('reload')
    return { configuration: settings() !== before, restartNeeded: restartNeeded(before, settings()), ...outcome }
  }

  return {
    log,
    bus,
    memory,
    configuration,
    environment: live.wrap(environment),
    candidates,
    providers,
    clientOf: openClientIndex(() => bus.state()),
    reload,
    reloadEnvironment,
    close: () => closeInTurn(closers),
  }
}

/** Last opened, first closed. */
async function closeInTurn(closers: readonly (() => Promise<void>)[]): Promise<void> {
  for (const close of closers.toReversed()) await close()
}

/** The provider table, merged again only when the configuration changed. */
function openProviders(settings: () => Configuration): () => readonly Provider[] {
  let merged: { readonly from: Configuration; readonly providers: readonly Provider[] } | null = null
  return () => {
    const from = settings()
    if (merged?.from !== from) merged = { from, providers: mergeProviders(builtInProviders, from.models.providers) }
    return merged.providers
  }
}

/** A session keeps its credential only until the order changes. */
function forgetSessionsWithOrder(bus: CommandBus, memory: RequestMemory): void {
  bus.onAppended((events) => {
    for (const event of events) {
      if (event.type === 'CredentialsOrdered' || event.type === 'CredentialOrderCleared') memory.forgetSessions(event.data.provider)
    }
  })
}

/** The listening address is taken up at a start only. */
function restartNeeded(before: Configuration, now: Configuration): string[] {
  return (['host', 'port'] as const).filter((name) => before.gateway[name] !== now.gateway[name]).map((name) => `gateway.${name}`)
}
