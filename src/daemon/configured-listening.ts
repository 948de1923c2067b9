// What traseai.json tells a gateway to listen on, read without a gateway: for a service that holds the address in its place.
import type { Host } from '../host.ts'
import { readSettings } from '../doctor/settings.ts'
import { problemText } from '../sources/settings-problem.ts'
import { TraseError } from '../errors.ts'

/** @throws TraseError `configuration_invalid`: a gateway would not start with it either */
export async function configuredListening(host: Host): Promise<{ readonly host: string; readonly port: number }> {
  const { configuration, configurationOk, configurationProblems } = await readSettings(host)
  if (configurationOk) return configuration.gateway
  throw new TraseError('configuration_invalid', configurationProblems.map(problemText).join('\n'))
}
