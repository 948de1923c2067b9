// A home directory with a live environment, as the gateway has it, and a record of every view it ever showed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtInProviders } from '../../src/domain/provider-table.ts'
import { realHost, type Host, type HomePaths } from '../../src/host.ts'
import { openEnvironment, type WatchedEnvironment } from '../../src/sources/environment.ts'
import type { EnvironmentCause, EnvironmentView } from '../../src/sources/environment-view.ts'
import { openHomeWatcher } from '../../src/sources/home-watcher.ts'
import { until } from './until.ts'

export interface LiveHome {
  readonly host: Host
  readonly paths: HomePaths
  readonly environment: WatchedEnvironment
  /** Every view since the start, each as its keys: `name=value`, in their order. */
  readonly views: string[][]
  readonly causes: EnvironmentCause[]
  readonly warnings: string[]
  keys(): string[]
  /** Resolves when the environment has exactly these keys. */
  hasKeys(...keys: string[]): Promise<void>
  close(): Promise<void>
}

export interface LiveHomeOptions {
  readonly envFile?: string
  readonly env?: Readonly<Record<string, string>>
  readonly shellEnv?: { enabled: boolean; timeoutMs: number }
  readonly lookEveryMs?: number
}

export async function openLiveHome({
  envFile,
  env = {},
  shellEnv,
  lookEveryMs,
}: LiveHomeOptions = {}): Promise<LiveHome> {
  const home = await mkdtemp(join(tmpdir(), 'traseai-home-'))
  const warnings: string[] = []
  const log = {
    debug() {},
    info() {},
    error() {},
    warn: (fields: object, message: string) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
  }
  const host = realHost({ env: { HOME: home, PATH: process.env['PATH'], ...env, TRASEAI_HOME: home }, log })
  if (envFile !== undefined) await writeFile(host.paths.envFile, envFile)
  const views: string[][] = []
  const causes: EnvironmentCause[] = []
  const environment = await openEnvironment({
    host,
    providers: () => builtInProviders,
    installationKey: Buffer.alloc(32, 1),
    shellEnv: () => shellEnv ?? { enabled: false, timeoutMs: 15_000 },
    onChange(view, cause) {
      views.push(shown(view))
      causes.push(cause)
    },
  })
  views.push(shown(environment.view()))
  const watcher = await openHomeWatcher({
    host,
    onEnvFile: () => environment.fileChanged(),
    onConfiguration() {},
    ...(lookEveryMs ? { lookEveryMs } : {}),
  })
  const keys = (): string[] => shown(environment.view())
  return {
    host,
    paths: host.paths,
    environment,
    views,
    causes,
    warnings,
    keys,
    hasKeys: (...wanted) =>
      until(
        () => JSON.stringify(keys()) === JSON.stringify(wanted),
        () => `has ${keys().join(' ')}`,
      ),
    async close() {
      await watcher.close()
      await environment.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

function shown({ keys }: EnvironmentView): string[] {
  return keys.map(({ place, secret }) => `${place.name}=${secret.reveal()}`)
}
