// What it takes until the gateway has a new value of a variable, by the layer that it comes from.
import type { LayerKind } from './env-keys.ts'

/** `none`: it is taken up at once. `reload`: traseai gateway reload. `restart`: a gateway that is started where it is set. */
export const environmentChanges = ['none', 'reload', 'restart'] as const
export type EnvironmentChange = (typeof environmentChanges)[number]

/** Nobody can change the environment of a running process, .env is watched, and a login shell has to be asked. */
export const changeOf = {
  'process-env': 'restart',
  'env-file': 'none',
  'shell-env': 'reload',
} as const satisfies Record<LayerKind, EnvironmentChange>
