// The settings while the gateway runs: configuration and environment, followed, with the log kept in line.
import { builtInProviders, mergeProviders } from '../domain/provider-table.ts'
import type { Provider } from '../domain/provider.ts'
import { messageOf } from '../errors.ts'
import type { Host } from '../host.ts'
import type { Result } from '../protocol/contract.ts'
import { openConfiguration, type ConfigurationSource } from '../sources/configuration-source.ts'
import type { Configuration } from '../sources/configuration-schema.ts'
import { openEnvironment } from '../sources/environment.ts'
import type { EditableEnvironment, EnvironmentCause } from '../sources/environment-view.ts'
import { openHomeWatcher } from '../sources/home-watcher.ts'
import type { LiveEnvironment } from './live-environment.ts'

export interface SettingsDeps {
  readonly host: Host
  readonly installationKey: Uint8Array
  readonly live: LiveEnvironment
  /** The sessions' choices rest on an order that has changed. */
  onConfigOrderChange(): void
  /** Something of the configuration has changed. */
  onConfigurationChange(): void
  /** The configuration was broken and is good again. Must not reject. */
  onConfigurationMended(): Promise<void>
  /** Takes what must be closed, last opened first. */
  onClose(close: () => Promise<void>): void
}

export interface Settings {
  readonly configuration: ConfigurationSource
  readonly environment: EditableEnvironment
  providers(): readonly Provider[]
  reload(): Promise<Result<'gateway.reload'>>
  reloadEnvironment(cause: EnvironmentCause): Promise<Result<'env.reload'>>
}

/** Resolves when everything was read once and the log agrees with it. @throws TraseError `configuration_invalid`, `disk_full`, `storage_failed` */
export async function openSettings({
  host,
  installationKey,
  live,
  onConfigOrderChange,
  onConfigurationChange,
  onConfigurationMended,
  onClose,
}: SettingsDeps): Promise<Settings> {
  let mending: Promise<void> = Promise.resolve()
  const onMended = (): void => void (mending = onConfigurationMended())
  const configuration = await openConfiguration({ host, onChange: onConfiguration, onMended })
  onClose(() => configuration.close())
  const value = (): Configuration => configuration.current().value
  const providers = openProviders(value)
  const environment = await openEnvironment({
    host,
    providers,
    installationKey,
    shellEnv: () => value().env.shellEnv,
    onChange: (view, cause) => live.follow(view, cause),
  })
  onClose(() => environment.close())
  await live.reconcile(environment.view(), 'start')
  const watcher = await openHomeWatcher({
    host,
    onEnvFile: () => environment.fileChanged(),
    onConfiguration: () => configuration.fileChanged(),
  })
  onClose(() => watcher.close())

  /** Providers and the login shell depend on the configuration. */
  function onConfiguration(before: Configuration, now: Configuration): void {
    // Each credential that is stored or removed changes `auth.profiles`, which its event says already.
    if (isAllButProfilesSame(before, now)) host.log.debug({}, 'auth.profiles changed')
    else {
      const needed = restartNeeded(before, now)
      const changed = changedSettings(before, now)
      host.log.info({ changed, ...(needed.length > 0 && { restartNeeded: needed }) }, 'the configuration changed')
    }
    if (JSON.stringify(before.auth.order) !== JSON.stringify(now.auth.order)) onConfigOrderChange()
    onConfigurationChange()
    // An entry in `auth.profiles` is no reason to run the login shell again.
    if (JSON.stringify([before.models.providers, before.env]) === JSON.stringify([now.models.providers, now.env]))
      return
    environment
      .reload('configuration')
      .catch((error: unknown) => host.log.error({ error: messageOf(error) }, 'the environment could not be read again'))
  }

  async function reloadEnvironment(cause: EnvironmentCause): Promise<Result<'env.reload'>> {
    const view = await environment.reload(cause)
    return live.reconcile(view, cause)
  }

  async function reload(): Promise<Result<'gateway.reload'>> {
    const before = value()
    await configuration.reload()
    await mending
    const outcome = await reloadEnvironment('reload')
    return { configuration: value() !== before, restartNeeded: restartNeeded(before, value()), ...outcome }
  }

  return { configuration, environment: live.wrap(environment), providers, reload, reloadEnvironment }
}

/** The provider table, merged again only when the configuration changed. */
function openProviders(configuration: () => Configuration): () => readonly Provider[] {
  let merged: { readonly from: Configuration; readonly providers: readonly Provider[] } | null = null
  return () => {
    const from = configuration()
    if (merged?.from !== from) merged = { from, providers: mergeProviders(builtInProviders, from.models.providers) }
    return merged.providers
  }
}

function isAllButProfilesSame(before: Configuration, now: Configuration): boolean {
  const [was, is] = [before, now].map(({ auth, ...others }) => JSON.stringify([{ ...auth, profiles: null }, others]))
  return was === is
}

/** What is a number in here is a duration in the file, which has another name for it. */
const namesInFile: Readonly<Record<string, string>> = {
  'auth.expiryWarningMs': 'auth.expiryWarning',
  'vault.referenceRefreshMs': 'vault.referenceRefresh',
}

/** `auth.order`, `gateway.drainMs`: as far down as that says enough. */
function changedSettings(before: Configuration, now: Configuration): string[] {
  const parts = (configuration: Configuration): ReadonlyMap<string, string> => {
    const sections: readonly (readonly [string, object])[] = Object.entries(configuration)
    const named = sections.flatMap(([section, settings]): [string, unknown][] => {
      if (Array.isArray(settings)) return [[section, settings]]
      return Object.entries(settings).map(([name, value]) => [`${section}.${name}`, value])
    })
    return new Map(named.map(([name, value]) => [name, JSON.stringify(value)]))
  }
  const was = parts(before)
  return [...parts(now)].flatMap(([name, value]) => (was.get(name) === value ? [] : [namesInFile[name] ?? name]))
}

/** Where it listens and as whom it runs is taken up at a start only. */
function restartNeeded(before: Configuration, now: Configuration): string[] {
  return (['host', 'port', 'user'] as const)
    .filter((name) => before.gateway[name] !== now.gateway[name])
    .map((name) => `gateway.${name}`)
}
