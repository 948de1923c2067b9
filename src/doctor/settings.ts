// Reads traseai.json and .env once for all checks, as they lie there now and not as a gateway remembers them.
import type { SettingsProblem } from '../domain/problem.ts'
import type { Provider } from '../domain/provider.ts'
import { builtInProviders, mergeProviders } from '../domain/provider-table.ts'
import type { Host } from '../host.ts'
import { configurationBytesMax } from '../sources/configuration-file.ts'
import { defaultConfiguration, type Configuration } from '../sources/configuration-schema.ts'
import { configurationIn } from '../sources/configuration-source.ts'
import { decodeEnvFile, envFileBytesMax } from '../sources/env-file.ts'
import { settingsFileReader, type SettingsFile } from '../sources/settings-file.ts'
import { settingsProblem } from '../sources/settings-problem.ts'

export interface Settings {
  /** With defaults in place of a file that is broken. */
  readonly configuration: Configuration
  /** False when the file cannot be used. */
  readonly configurationOk: boolean
  readonly configurationProblems: readonly SettingsProblem[]
  readonly providers: readonly Provider[]
  /** The text of .env, empty when there is none or when it cannot be used. */
  readonly envText: string
  /** Why .env cannot be used; null when it can. */
  readonly envProblem: SettingsProblem | null
}

/** Never rejects: what cannot be read is part of the answer. */
export async function readSettings(host: Host): Promise<Settings> {
  const { configuration: configurationPath, envFile: envPath } = host.paths
  const [configurationFile, envFile] = await Promise.all([
    settingsFileReader(host, configurationPath, configurationBytesMax)(),
    settingsFileReader(host, envPath, envFileBytesMax)(),
  ])
  const { ok, value, problems } = configurationIn(configurationFile, configurationPath, defaultConfiguration())
  const env = envIn(envFile, envPath)
  return {
    configuration: value,
    configurationOk: ok,
    configurationProblems: problems,
    providers: mergeProviders(builtInProviders, value.models.providers),
    envText: typeof env === 'string' ? env : '',
    envProblem: typeof env === 'string' ? null : env,
  }
}

function envIn(file: SettingsFile, path: string): string | SettingsProblem {
  if (file.kind === 'missing') return ''
  return file.kind === 'file'
    ? decodeEnvFile(file.bytes, path)
    : settingsProblem(path, file.reason, { hint: file.hint })
}
