// Whether keys of the environment and of .env get in each other's way: hidden ones, and the same one under two names.
import { type EnvironmentKey, type EnvironmentLayer, environmentKeys, isKeyVariable } from '../domain/env-keys.ts'
import { parseEnvFile } from '../sources/env-file.ts'
import { snapshotProcessEnvironment } from '../sources/process-env.ts'
import { isEmpty, secretOperations } from '../vault/secret-operations.ts'
import type { Secret } from '../vault/secret.ts'
import type { Finding, HostDeps } from './check.ts'

export async function checkShadowed(deps: HostDeps): Promise<readonly Finding[]> {
  const { host, runsIn } = deps
  return withLayers(deps, (environment, file) =>
    [...file.variables].flatMap(([name, value]): Finding[] => {
      const hiding = environment.variables.get(name)
      if (hiding === undefined || isEmpty(hiding) || isEmpty(value) || hiding.equals(value)) return []
      const whose = runsIn === 'gateway' ? "the gateway's environment" : 'this environment'
      return [
        {
          severity: 'warning',
          message: `${name} of ${host.paths.envFile} is not used: ${whose} has another value for it, which goes first`,
          hint: `unset ${name} where the gateway is started, then: traseai gateway restart`,
        },
      ]
    }),
  )
}

export async function checkSameKey(deps: HostDeps): Promise<readonly Finding[]> {
  return withLayers(deps, (environment, file, onMade) => {
    // A key of its own: these fingerprints are only compared with each other.
    const operations = secretOperations(deps.host.randomBytes(32), onMade)
    const keys = environmentKeys([environment, file], deps.settings.providers, operations)
    return [...namesByKey(keys).values()].flatMap(([first = '', ...others]) =>
      others.map((name) => ({
        severity: 'warning' as const,
        message: `${name} holds the same key as ${first}`,
        hint: `give it a key of its own, or remove it: traseai env unset ${name}`,
      })),
    )
  })
}

/** The variables that hold each key, in their order, whichever provider they are for. */
function namesByKey(keys: readonly EnvironmentKey<Secret>[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>()
  for (const { fingerprint, place, alsoAt } of keys) {
    const known = names.get(fingerprint) ?? []
    // Providers that share a prefix have the same variable.
    names.set(fingerprint, [...new Set([...known, place.name, ...alsoAt.map(({ name }) => name)])])
  }
  return names
}

type Layer = EnvironmentLayer<Secret>

/** The secrets that were read are wiped afterwards. */
function withLayers(
  { host, settings }: HostDeps,
  look: (environment: Layer, file: Layer, onMade: (secret: Secret) => void) => readonly Finding[],
): readonly Finding[] {
  const parsed = parseEnvFile(Buffer.from(settings.envText), host.paths.envFile)
  const inFile = parsed.ok ? parsed.file.variables : new Map<string, Secret>()
  const keys = [...inFile].filter(([name]) => isKeyVariable(name, settings.providers))
  const environment = snapshotProcessEnvironment(host.env).layer(settings.providers)
  const made: Secret[] = []
  try {
    return look(environment, { kind: 'env-file', variables: new Map(keys) }, (secret) => made.push(secret))
  } finally {
    for (const secret of [...inFile.values(), ...environment.variables.values(), ...made]) secret.drop()
  }
}
