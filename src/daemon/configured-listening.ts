// What traseai.json tells a gateway to listen on, and how long a stop may take, read without a gateway: for the service that runs it.
import type { Host } from '../host.ts'
import { readSettings } from '../doctor/settings.ts'
import { problemText } from '../sources/settings-problem.ts'
import { TraseError } from '../errors.ts'

export interface Listening {
  readonly host: string
  readonly port: number
  readonly drainMs: number
}

/** @throws TraseError `configuration_invalid`: a gateway would not start with it either */
export async function configuredListening(host: Host): Promise<Listening> {
  const { configuration, configurationOk, configurationProblems } = await readSettings(host)
  if (configurationOk) return configuration.gateway
  throw new TraseError('configuration_invalid', configurationProblems.map(problemText).join('\n'))
}
