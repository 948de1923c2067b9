// What the environment holds right now: the keys of all layers in their order, with their secrets, and what could not be used.
import type { EnvironmentKey, LayerKind } from '../domain/env-keys.ts'
import type { SettingsProblem } from '../domain/problem.ts'
import type { Secret } from '../vault/secret.ts'

export interface EnvironmentView {
  /** Per provider in the order of the contract's section 3. */
  readonly keys: readonly EnvironmentKey<Secret>[]
  /** False while the last good `.env` stays in use because the present one cannot be read. */
  readonly ok: boolean
  /** Layers that could not be read: what they held before may still be there, so none of it counts as gone. */
  readonly unread: readonly LayerKind[]
  readonly problems: readonly SettingsProblem[]
}

export type EnvironmentCause = 'start' | 'env-file' | 'reload' | 'configuration' | 'rpc'

/** The environment as whoever changes it by hand gets it. */
export interface EditableEnvironment {
  view(): EnvironmentView
  /**
   * Writes one variable to `.env`, keeping every other line; resolves after the view is current.
   * @throws TraseError `usage` (not a variable name), `value_refused`, `env_file_invalid`, `cannot_create`, `disk_full`
   */
  set(name: string, value: Secret): Promise<EnvironmentView>
  /** Removes every line that sets the variable; resolves to whether there was one. */
  unset(name: string): Promise<boolean>
}
