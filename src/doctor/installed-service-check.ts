// Whether the service that is installed for this home is what `gateway install` would write now, and can still be started.
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, TraseError } from '../errors.ts'
import { serviceOfHome } from '../service/service-of-home.ts'
import type { Scope } from '../service/init-system.ts'
import { isThere, textOrNull } from '../read-if-allowed.ts'
import { heldAddress } from '../service/systemd/held-address.ts'
import { hasLinger } from '../service/systemd/linger.ts'
import { stableNode } from '../service/stable-node.ts'
import { systemdManager } from '../service/systemd/systemd.ts'
import { unitFolder } from '../service/systemd/place.ts'
import { listenAddress } from '../service/systemd/quoting.ts'
import { isOurs, monitorUnits, serviceUnit, unitFiles } from '../service/systemd/fill-units.ts'
import { readUnitText, type InstalledUnit } from '../service/systemd/read-unit.ts'
import type { Finding, HostDeps } from './check.ts'

/** Of systemd; a launchd job is looked at by its manager. */
export async function checkInstalledService(deps: HostDeps): Promise<readonly Finding[]> {
  const { host } = deps
  const choice = await serviceOfHome(host)
  if (choice?.kind !== 'systemd') return []
  const { scope } = choice
  const path = join(unitFolder(host, scope), serviceUnit)
  const text = await textOrNull(path)
  if (text === null) return []
  if (!isOurs(text)) {
    return [{ severity: 'ok', message: `${path} was written by somebody else: what it says is not looked at` }]
  }
  const unit = readUnitText(text)
  const gone = await goneFindings(path, unit, scope)
  return [
    ...gone,
    ...(gone.length > 0 ? [] : await differences(deps, scope, unit)),
    ...(await moveRemarks(unit)),
    ...(await lingerRemark(scope)),
    ...(deps.runsIn === 'shell' ? await stateFindings(deps, scope) : []),
  ]
}

const installHint = (scope: Scope): string =>
  scope === 'user' ? 'traseai gateway install' : 'sudo traseai gateway install --system'

/** Version managers remove a Node that is no longer wanted, and with it all that was installed for it. */
async function goneFindings(path: string, { command }: InstalledUnit, scope: Scope): Promise<readonly Finding[]> {
  const [node = '', program = ''] = command
  const missing = await Promise.all([node, program].map(async (each) => ((await isThere(each)) ? [] : [each])))
  return missing.flat().map((each) => ({
    severity: 'error',
    message: `${path} runs ${each}, which is not there any more: the gateway cannot be started again`,
    hint: installHint(scope),
  }))
}

/** File by file, with what the installed service itself says of who runs it, and as whom. */
async function differences(deps: HostDeps, scope: Scope, unit: InstalledUnit): Promise<readonly Finding[]> {
  const { host, packageRoot, settings } = deps
  const folder = unitFolder(host, scope)
  const [node = '', program = ''] = unit.command
  const monitorText = await textOrNull(join(folder, monitorUnits[0]))
  const listening = await heldAddress(host)
  const http = settings.configurationOk ? listenAddress(settings.configuration.gateway) : listening
  const { home, socket } = host.paths
  const runAs = unit.isDynamicUser ? null : unit.user
  const plan = { scope, node, program, home, socket, http: listening, runAs, monitor: monitorText !== null }
  const stale: string[] = []
  for (const { name, text } of await unitFiles(packageRoot, plan)) {
    if ((await textOrNull(join(folder, name))) !== text) stale.push(name)
  }
  const hint = installHint(scope)
  const found: Finding[] = []
  if (stale.length > 0) {
    const message = `${stale.join(', ')} in ${folder} ${stale.length === 1 ? 'is' : 'are'} not what this version would write`
    found.push({ severity: 'warning', message, hint })
  }
  if (listening !== http) {
    const [now, wanted] = [listening ?? 'no HTTP address', http ?? 'none that it can hold']
    const message = `systemd holds ${now} for the gateway, but traseai.json says ${wanted}`
    found.push({ severity: 'warning', message, hint })
  }
  return found
}

async function moveRemarks({ command: [node = '', program = ''] }: InstalledUnit): Promise<readonly Finding[]> {
  if (!(await isThere(node))) return []
  const { movedBy } = await stableNode(await realpath(node), program)
  if (movedBy === null || (await stableNode(node, program)).movedBy === null) return []
  const message = `the service runs a Node that ${movedBy} keeps (${node}): when that one is removed, install the service again`
  return [{ severity: 'ok', message }]
}

async function lingerRemark(scope: Scope): Promise<readonly Finding[]> {
  if (scope === 'system' || (await hasLinger())) return []
  return [
    { severity: 'ok', message: 'the gateway ends when you log out; to have it run always: loginctl enable-linger' },
  ]
}

/** Asked only when no gateway can be asked. */
async function stateFindings({ host, packageRoot }: HostDeps, scope: Scope): Promise<readonly Finding[]> {
  try {
    const { activity, enabled, why } = await systemdManager(host, { scope, packageRoot }).state()
    const disabled: Finding = {
      severity: 'warning',
      message: `${serviceUnit} does not start by itself`,
      hint: installHint(scope),
    }
    const failed: Finding = {
      severity: 'error',
      message: `${serviceUnit} has failed: ${why}`,
      hint: 'traseai gateway start, when it is mended',
    }
    return [...(activity === 'failed' ? [failed] : []), ...(enabled ? [] : [disabled])]
  } catch (error) {
    if (!(error instanceof TraseError)) throw error
    return [{ severity: 'warning', message: `systemd cannot be asked: ${messageOf(error)}`, hint: error.hint }]
  }
}
