// The keys in the gateway's own environment, as they were when it started.
import { isKeyVariable, type EnvironmentLayer } from '../domain/env-keys.ts'
import type { Provider } from '../domain/provider.ts'
import type { Environment } from '../host.ts'
import { Secret } from '../vault/secret.ts'

export interface ProcessEnvironment {
  /** The variables that hold keys of these providers. */
  layer(providers: readonly Provider[]): EnvironmentLayer<Secret>
}

/**
 * Takes a snapshot: nobody can change the environment of a running process from outside, so a new value there needs a
 * restart of the gateway. A key may be kept that no provider has yet, because the configuration can add one later.
 */
export function snapshotProcessEnvironment(env: Environment): ProcessEnvironment {
  const all = new Map<string, Secret>()
  for (const [name, value] of Object.entries(env)) {
    if (name.includes('_KEY') && value !== undefined) all.set(name, new Secret(value))
  }
  return {
    layer: (providers) => ({
      kind: 'process-env',
      variables: new Map([...all].filter(([name]) => isKeyVariable(name, providers))),
    }),
  }
}
