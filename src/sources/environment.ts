// The live environment: process, .env and login shell as layers, and the keys that they hold together.
import { environmentKeys, type EnvironmentKey, type EnvironmentLayer } from '../domain/env-keys.ts'
import type { SettingsProblem } from '../domain/problem.ts'
import type { Provider } from '../domain/provider.ts'
import type { Host } from '../host.ts'
import { fitsHttpHeader, isEmpty, secretOperations } from '../vault/secret-operations.ts'
import type { Secret } from '../vault/secret.ts'
import { setVariable, unsetVariable } from './env-edit.ts'
import { openEnvFileLayer, type EnvFileLayer } from './env-file-layer.ts'
import { checkedName, checkedValue } from './env-variable.ts'
import type { EditableEnvironment, EnvironmentCause, EnvironmentView } from './environment-view.ts'
import { snapshotProcessEnvironment } from './process-env.ts'
import { settingsProblem } from './settings-problem.ts'
import { openShellLayer, shellLayerName, type ShellLayer } from './shell-layer.ts'

export interface EnvironmentDeps {
  readonly host: Host
  /** The providers of the present configuration. */
  providers(): readonly Provider[]
  /** The key of this installation's fingerprints. */
  readonly installationKey: Uint8Array
  /** `env.shellEnv` of the present configuration. */
  shellEnv(): { readonly enabled: boolean; readonly timeoutMs: number }
  /** Called after each change of keys or problems, with the view that is current from now on; not for the first view. */
  onChange(view: EnvironmentView, cause: EnvironmentCause): void
}

/** The live environment: watched, with the last good state kept. */
export interface WatchedEnvironment extends EditableEnvironment {
  /** `.env` may have changed: for the home watcher. */
  fileChanged(): void
  /** Reads every layer again. Resolves after the view is current. */
  reload(cause: EnvironmentCause): Promise<EnvironmentView>
  close(): Promise<void>
}

/** Secrets that were replaced are wiped after this time; a request that is just being sent may hold one. */
const dropAfterMs = 10_000

/** Resolves when every layer has been read once; a login shell that hangs delays it by its time limit. */
export async function openEnvironment(deps: EnvironmentDeps): Promise<WatchedEnvironment> {
  const shell = openShellLayer({ host: deps.host, providers: deps.providers, settings: deps.shellEnv })
  const envFile = openEnvFileLayer({ host: deps.host, onSettled: (retired) => current.rebuild(cause, retired) })
  const current = openView(deps, envFile, shell)
  /** Why the next view comes about: the file's own changes, unless an edit of ours is on its way. */
  let cause: EnvironmentCause = 'start'
  let queue: Promise<unknown> = Promise.resolve()

  function inTurn<T>(job: () => Promise<T>): Promise<T> {
    const run = queue.then(job)
    queue = run.catch(() => undefined) // the caller has the error; the next in turn does not depend on it
    return run
  }

  async function edit(change: (text: string) => string): Promise<void> {
    cause = 'rpc'
    try {
      await envFile.edit(change)
    } finally {
      cause = 'env-file'
    }
  }

  await shell.refresh()
  await envFile.takeNow()
  cause = 'env-file'
  return {
    view: () => current.view(),
    fileChanged: () => envFile.changed(),
    reload: (why) =>
      inTurn(async () => {
        const retired = why !== 'configuration' || shell.isOutdated() ? await shell.refresh() : []
        await envFile.rested()
        current.rebuild(why, retired)
        return current.view()
      }),
    set: (name, value) =>
      inTurn(async () => {
        const text = checkedValue(checkedName(name), value)
        await edit((file) => setVariable(file, name, text))
        return current.view()
      }),
    unset: (name) =>
      inTurn(async () => {
        checkedName(name)
        let wasSet = false
        await edit((file) => {
          const without = unsetVariable(file, name)
          wasSet = without !== file
          return without
        })
        return wasSet
      }),
    async close() {
      await queue
      await envFile.close()
      current.close()
    },
  }
}

interface CurrentView {
  view(): EnvironmentView
  /** Builds the view from the layers as they are; `retired` are secrets that only the view before may still use. */
  rebuild(cause: EnvironmentCause, retired: readonly Secret[]): void
  close(): void
}

function openView(deps: EnvironmentDeps, envFile: EnvFileLayer, shell: ShellLayer): CurrentView {
  const { host } = deps
  const processEnv = snapshotProcessEnvironment(host.env)
  let view: EnvironmentView = { keys: [], ok: true, unread: [], problems: [] }
  /** Secrets that were cut out of others for the view. */
  let derived: readonly Secret[] = []

  function layers(): EnvironmentLayer<Secret>[] {
    const earlier = [processEnv.layer(deps.providers()), { kind: 'env-file' as const, variables: envFile.variables() }]
    // Only what is still missing is taken from the shell, so that nothing there is shadowed.
    const missing = [...shell.variables()].filter(([name]) => isMissingIn(earlier, name))
    return [...earlier, { kind: 'shell-env', variables: new Map(missing) }]
  }

  function unfitKey({ place }: EnvironmentKey<Secret>): SettingsProblem {
    const line = place.kind === 'env-file' ? envFile.lineOf(place.name) : undefined
    const file = {
      'env-file': host.paths.envFile,
      'process-env': "the gateway's environment",
      'shell-env': shellLayerName,
    }[place.kind]
    const hint = 'copy the key again: it has a line end, a curly quote or another character that no key has'
    return settingsProblem(file, 'the value cannot be sent as a key and is not used', {
      key: place.name,
      hint,
      ...(line === undefined ? {} : { line }),
    })
  }

  function dropLater(secrets: readonly Secret[]): void {
    if (secrets.length > 0) host.setTimer(dropAfterMs, () => secrets.forEach((secret) => secret.drop()))
  }

  return {
    view: () => view,
    rebuild(cause, retired) {
      const made: Secret[] = []
      const operations = secretOperations(deps.installationKey, (secret) => made.push(secret))
      const found = environmentKeys(layers(), deps.providers(), operations)
      const unfit = found.filter(({ secret }) => !fitsHttpHeader(secret))
      const before = outline(view)
      view = {
        keys: found.filter((key) => !unfit.includes(key)),
        ok: envFile.ok(),
        unread: [
          ...(envFile.ok() ? [] : ['env-file' as const]),
          ...(shell.problems().length > 0 ? ['shell-env' as const] : []),
        ],
        problems: [...envFile.problems(), ...unfit.map(unfitKey), ...shell.problems()],
      }
      dropLater([...retired, ...derived])
      derived = made
      if (cause !== 'start' && before !== outline(view)) deps.onChange(view, cause)
    },
    close() {
      for (const secret of [...derived, ...shell.variables().values()]) secret.drop()
    },
  }
}

function isMissingIn(layers: readonly EnvironmentLayer<Secret>[], name: string): boolean {
  return layers.every(({ variables }) => isEmpty(variables.get(name)))
}

/** What tells one view from the next, without a secret. */
function outline({ keys, ok, problems }: EnvironmentView): string {
  return JSON.stringify([keys.map(({ secret: _secret, ...rest }) => rest), ok, problems])
}
