// Whether a service manager starts the gateway, and what it hands it that should not be there.
import { isKeyVariable } from '../domain/env-keys.ts'
import type { Finding, HostDeps } from './check.ts'
import { serviceUnits, type ServiceUnit } from './service-units.ts'

export async function checkServiceUnits({ host, settings }: HostDeps): Promise<readonly Finding[]> {
  const units = await serviceUnits(host)
  if (units.length === 0) {
    return [{ severity: 'ok', message: 'no service manager knows the gateway: commands start it when they need it' }]
  }
  const isKey = (name: string): boolean => isKeyVariable(name, settings.providers)
  return units.flatMap((unit) => [...keysOf(unit, isKey), stateOf(unit)])
}

function stateOf({ path, enabled }: ServiceUnit): Finding {
  return { severity: 'ok', message: `${path} is ${enabled ? 'enabled' : 'there, but does not start by itself'}` }
}

/** Unit files are for everybody to read, and so are the variables of a running unit (`systemctl show`). */
function keysOf({ path, variables }: ServiceUnit, isKey: (name: string) => boolean): Finding[] {
  return [...new Set(variables)].filter(isKey).map((name) => ({
    severity: 'warning',
    message: `${path} sets ${name}: everybody on this machine can read it there, and it hides the one in .env`,
    hint: `traseai env set ${name}, then take the line out of the unit`,
  }))
}
