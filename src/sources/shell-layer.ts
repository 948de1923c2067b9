// The login shell's environment as a layer: asked only when the configuration wants it, the last answer kept when it gives none.
import { isKeyVariable } from '../domain/env-keys.ts'
import type { SettingsProblem } from '../domain/problem.ts'
import type { Provider } from '../domain/provider.ts'
import type { Host } from '../host.ts'
import type { Secret } from '../vault/secret.ts'
import { settingsProblem } from './settings-problem.ts'
import { readShellEnvironment } from './shell-env.ts'

export interface ShellLayerDeps {
  readonly host: Host
  providers(): readonly Provider[]
  /** `env.shellEnv` of the present configuration. */
  settings(): { readonly enabled: boolean; readonly timeoutMs: number }
}

export interface ShellLayer {
  variables(): ReadonlyMap<string, Secret>
  problems(): readonly SettingsProblem[]
  /** True when the setting was switched since the last answer. */
  isOutdated(): boolean
  /** Asks the shell, or forgets its answer when it is not wanted; resolves to the secrets that are no longer used. */
  refresh(): Promise<readonly Secret[]>
}

/** What problems call this layer. */
export const shellLayerName = "the login shell's environment"

export function openShellLayer({ host, providers, settings }: ShellLayerDeps): ShellLayer {
  let variables: ReadonlyMap<string, Secret> = new Map()
  let problem: SettingsProblem | null = null
  let enabled = false

  return {
    variables: () => variables,
    problems: () => (problem ? [problem] : []),
    isOutdated: () => settings().enabled !== enabled,
    async refresh() {
      const { timeoutMs, enabled: wanted } = settings()
      const before = variables
      enabled = wanted
      problem = null
      if (!wanted) {
        variables = new Map()
        return [...before.values()]
      }
      const answer = await readShellEnvironment(host, timeoutMs, (name) => isKeyVariable(name, providers()))
      if (answer.ok) {
        variables = answer.variables
        return [...before.values()]
      }
      host.log.warn({ reason: answer.reason }, `${shellLayerName} could not be read`)
      problem = settingsProblem(shellLayerName, answer.reason, { hint: answer.hint })
      return []
    },
  }
}
