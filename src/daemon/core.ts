// The state of the gateway and what feeds it: log, command bus, configuration, environment. No sockets yet.
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { builtInProviders, mergeProviders } from '../domain/provider-table.ts'
import type { Provider } from '../domain/provider.ts'
import { foldVersion } from '../domain/state.ts'
import { messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import { openConfiguration, type ConfigurationSource } from '../sources/configuration-source.ts'
import type { Configuration } from '../sources/configuration-schema.ts'
import { openEnvironment } from '../sources/environment.ts'
import type { EnvironmentSource } from '../sources/environment-view.ts'
import { openHomeWatcher } from '../sources/home-watcher.ts'
import type { EventLog } from '../storage/event-log.ts'
import { openEventLog } from '../storage/open-event-log.ts'
import { openCandidates, type Candidates } from './candidates.ts'
import { openCommandBus, type CommandBus } from './command-bus.ts'
import { openLiveEnvironment } from './live-environment.ts'
import { openRequestMemory, type RequestMemory } from './request-memory.ts'
import type { ReloadOutcome } from '../control/deps.ts'

export interface Core {
  readonly log: EventLog
  readonly bus: CommandBus
  readonly memory: RequestMemory
  readonly configuration: ConfigurationSource
  readonly environment: EnvironmentSource
  readonly candidates: Candidates
  providers(): readonly Provider[]
  reload(): Promise<ReloadOutcome>
  ready(): void
  isReady(): boolean
  close(): Promise<void>
}
